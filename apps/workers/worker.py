#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A pull worker: runs a command for each job of a queue, over HTTP.

    worker.py --url http://127.0.0.1:8080 --queue thumbnails -- convert - -resize 100 png:-

The command reads the payload from its standard input; what it prints is the result. It fails the
job by any exit status but 0: the end of its standard error is the reason. TROUPE_TRACEPARENT tells
it the job's trace. TROUPE_TOKEN may hold an access token. SIGTERM stops the worker: the job that
runs is handed back at once. If the worker is killed, the command and what it started end with it.
"""
import argparse, base64, contextlib, http.client, json, os, signal, socket, subprocess, threading
import time, urllib.request

POLL_SECONDS = 5  # also how long a stop may take while no job runs
PATIENCE_SECONDS = 30  # for telling how a job ended, while nobody answers

parser = argparse.ArgumentParser(description="Runs a command for each job of a queue.")
parser.add_argument("--url", default="http://127.0.0.1:8080")
parser.add_argument("--queue", required=True)
parser.add_argument("--name", default=f"{socket.gethostname()}-{os.getpid()}")
parser.add_argument("command", nargs="+")
options = parser.parse_args()
stopping = threading.Event()
# Knows the process group that runs, and ends it when this process is no more, killed or not.
keeper = subprocess.Popen(
    ["sh", "-c", """trap '' TERM INT HUP; running=; while read -r group; do running=$group; done
    [ -z "$running" ] || kill -s KILL -- "-$running" """],
    stdin=subprocess.PIPE, start_new_session=True)


def keep(group):
    with contextlib.suppress(OSError):
        keeper.stdin.write(f"{group}\n".encode())
        keeper.stdin.flush()


def post(path, timeout=10, **body):
    """Returns the answer. Raises HTTPError when it is a refusal, OSError when there is none."""
    headers = {"Content-Type": "application/json"}
    if "TROUPE_TOKEN" in os.environ:
        headers["Authorization"] = "Bearer " + os.environ["TROUPE_TOKEN"]
    body = json.dumps({"worker": options.name, **body}).encode()
    request = urllib.request.Request(options.url + path, body, headers)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return json.loads(answer.read() or b"null")
    except (ValueError, http.client.HTTPException) as why:  # somebody else answers there
        raise OSError(f"the answer is none of Troupe's: {why!r}") from why


def finish(job, verb, **body):
    """Tells how a job ended, until somebody has heard it."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return post(f"/v1/jobs/{job['id']}:{verb}", epoch=job["epoch"], **body)
        except OSError as why:  # HTTPError is one
            status = getattr(why, "code", 503)
            if status < 500 or time.monotonic() > until:  # 409: somebody else has the job by now
                print(f"job {job['id']}: {verb} was not taken: {why}", flush=True)
                break
        time.sleep(1)
    if status == 413 and verb == "complete":  # it will be as large the next time
        size = len(base64.b64decode(body["result_base64"]))
        finish(job, "fail", final=True, error=f"a result of {size} bytes is too large")


def run(job):
    payload = job.get("payload", "").encode() or base64.b64decode(job.get("payload_base64", ""))
    pipe, output = subprocess.PIPE, []
    process = subprocess.Popen(
        options.command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True,
        env={**os.environ, "TROUPE_TRACEPARENT": job.get("traceparent", "")})
    keep(process.pid)
    talk = threading.Thread(target=lambda: output.extend(process.communicate(payload)))
    talk.start()
    lease = {"job": job["id"], "epoch": job["epoch"]}
    why_not, began = "", time.monotonic()
    renewed = beaten = began
    longest = job.get("run_timeout_ms") or float("inf")
    while process.poll() is None and not why_not and not stopping.is_set():
        talk.join(0.1)
        now = time.monotonic()
        if (now - beaten) * 1000 >= job["heartbeat_interval_ms"]:
            beaten = now
            try:
                answer = post("/v1/leases:heartbeat", timeout=2, leases=[lease])
                renewed = now  # when it was sent: the other side counts from later
                why_not = "lost" * bool(answer["lost"]) or "cancelled" * bool(answer["cancelled"])
            except (OSError, LookupError, TypeError) as why:
                print(f"no heartbeat: {why}", flush=True)
        if (time.monotonic() - renewed) * 1000 >= job["lease_timeout_ms"]:
            why_not = "lost"
        if (time.monotonic() - began) * 1000 >= longest:
            why_not = why_not or "out of time"
    if stopping.is_set():  # a signal to all processes here may have ended it, too
        why_not = why_not or "stopping"
    if why_not:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        talk.join()
        keep("")
        print(f"job {job['id']}: ended, because it is {why_not}", flush=True)
        if why_not == "out of time":
            return finish(job, "fail", error=f"it ran for longer than {longest / 1000} s")
        return None if why_not == "lost" else finish(job, "release")
    talk.join()
    keep("")
    if process.returncode == 0:
        return finish(job, "complete", result_base64=base64.b64encode(output[0]).decode())
    return finish(job, "fail", error=output[1].decode(errors="replace")[-4000:]
                  or f"exit status {process.returncode}")


signal.signal(signal.SIGTERM, lambda *_: stopping.set())
signal.signal(signal.SIGINT, lambda *_: stopping.set())
while not stopping.is_set():
    try:
        poll = post(f"/v1/queues/{options.queue}/leases", POLL_SECONDS + 10, wait=POLL_SECONDS)
        for each in poll["jobs"] if isinstance(poll, dict) else []:
            run(each)
    except OSError as error:
        print(f"no jobs: {error}", flush=True)
        stopping.wait(1)
