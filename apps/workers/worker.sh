#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A pull worker: runs a command for each job of a queue, over HTTP. Needs curl and jq.
#
#     worker.sh http://127.0.0.1:8080 thumbnails convert - -resize 100 png:-
#
# The command reads the payload from its standard input (TROUPE_TRACEPARENT: its trace) and prints
# the result; any exit status but 0 fails the job, for the reason at the end of its standard error.
# TROUPE_TOKEN may hold an access token, TROUPE_WORKER a name. SIGTERM hands the job back, and ends.
# If this is killed, the command and what it started end with it.
set -u
(($# >= 3)) || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
url=$1 queue=$2 command_line=("${@:3}")
worker=${TROUPE_WORKER:-$(uname -n)-$$}
poll_seconds=5 # also how long a stop may take while no job runs
tries=30       # to tell how a job ended, one a second
folder=$(mktemp -d) || exit
trap 'rm -rf "$folder"' EXIT
stopping= && trap 'stopping=1' TERM INT
# Knows the process group that runs, and ends it when nobody holds descriptor 3 any more.
# shellcheck disable=SC2016
exec 3> >(exec setsid sh -c 'trap "" TERM INT HUP; running=
  while read -r group; do running=$group; done
  [ -z "$running" ] || kill -s KILL -- "-$running"')

# post PATH SECONDS JQ-ARGUMENT...: sends the object that jq makes; prints the answer, then its
# status on a line of its own (000: none). Signals must not cut it short, Ctrl-C for all neither.
post() (
  trap '' TERM INT
  local path=$1 seconds=$2; shift 2
  jq -nc --arg worker "$worker" "$@" |
    curl -sS --max-time "$seconds" -H 'Content-Type: application/json' \
      ${TROUPE_TOKEN:+-H "Authorization: Bearer $TROUPE_TOKEN"} \
      --data-binary @- -w '\n%{http_code}\n' "$url$path"
)

# finish VERB JQ-ARGUMENT...: tells how the job ended, until somebody has heard it.
finish() {
  local verb=$1 status try; shift
  for ((try = 0; try < tries; ++try)); do
    post "/v1/jobs/$id:$verb" 10 --arg epoch "$epoch" "$@" >"$folder/answer"
    status=$(tail -n 1 "$folder/answer")
    [[ $status == 4?? ]] && echo "job $id: $verb was not taken ($status)" # 409: it is not ours
    if [[ $status == 413 && $verb == complete ]]; then # it will be as large the next time
      finish fail --arg bytes "$(stat -c %s "$folder/result")" '{worker: $worker, epoch: $epoch,
        final: true, error: "a result of \($bytes) bytes is too large"}'
      return
    fi
    [[ $status == [24]?? ]] && return
    sleep 1
  done
}

# Keeps the lease of the job, until the command has ended; ends the command when the lease is lost,
# or nobody has answered for too long, or the job is cancelled.
keep() {
  local command=$1 pause=$2 patience=$3 longest=$4 renewed=$SECONDS began=$SECONDS sent state
  trap - TERM INT EXIT
  while sleep "$pause" && kill -0 "$command" 2>/dev/null; do
    sent=$SECONDS
    if ((longest > 0 && SECONDS - began >= longest)); then
      touch "$folder/late"
      kill -KILL -- "-$command"
      continue
    fi
    state=$(post /v1/leases:heartbeat 2 --arg job "$id" --arg epoch "$epoch" \
      '{worker: $worker, leases: [{job: $job, epoch: $epoch}]}' | head -n 1 |
      jq -r 'if .lost then (if .lost + .cancelled == [] then "held" else "over" end) else "" end')
    [[ $state == held ]] && renewed=$sent && continue
    [[ -z $state ]] && ((SECONDS - renewed < patience)) && continue
    touch "$folder/taken"
    kill -KILL -- "-$command"
  done
}

run() {
  local poll=$1 command keeper status pause patience longest trace
  id= && rm -f "$folder/taken" "$folder/late"
  until [[ -n $id ]]; do # a signal to all processes here may have ended the first jq
    read -r id epoch pause patience longest trace <<<"$(jq -r <<<"$poll" '.jobs[0] | [.id, .epoch,
      .heartbeat_interval_ms / 1000, (.lease_timeout_ms / 1000 | floor),
      (.run_timeout_ms / 1000 | ceil), .traceparent] | @tsv')"
  done
  jq -r '.jobs[0] | .payload_base64 // (.payload | @base64)' <<<"$poll" |
    base64 -d >"$folder/payload"
  TROUPE_TRACEPARENT=$trace setsid "${command_line[@]}" \
    <"$folder/payload" >"$folder/result" 2>"$folder/error" 3>&- &
  command=$!
  echo "$command" >&3
  keep "$command" "$pause" "$patience" "$longest" 3>&- & keeper=$!
  while kill -0 "$command" 2>/dev/null; do
    [[ -z $stopping ]] && wait "$command" && continue
    [[ -n $stopping ]] && kill -KILL -- "-$command" 2>/dev/null
    sleep 0.1 # its group may not be there yet
  done
  wait "$command" 2>/dev/null; status=$?
  kill "$keeper" && wait "$keeper" 2>/dev/null
  echo >&3
  if [[ -e $folder/late ]]; then
    finish fail --arg longest "$longest" \
      '{worker: $worker, epoch: $epoch, error: "it ran for longer than \($longest) s"}'
  elif [[ -e $folder/taken || -n $stopping ]]; then # the stop may have ended it, too
    finish release '{worker: $worker, epoch: $epoch}'
  elif ((status == 0)); then
    base64 -w0 "$folder/result" >"$folder/encoded"
    finish complete --rawfile result "$folder/encoded" \
      '{worker: $worker, epoch: $epoch, result_base64: $result}'
  else
    finish fail --arg error "$(tail -c 4000 "$folder/error")" --arg status "exit status $status" \
      '{worker: $worker, epoch: $epoch, error: (if $error == "" then $status else $error end)}'
  fi
}

while [[ -z $stopping ]]; do
  (trap '' TERM INT; post "/v1/queues/$queue/leases" $((poll_seconds + 10)) \
    --argjson wait $poll_seconds '{worker: $worker, wait: $wait}') >"$folder/poll" 3>&- &
  while kill -0 $! 2>/dev/null; do wait $!; done
  mapfile -t poll <"$folder/poll"
  [[ ${poll[1]:-} == 200 ]] || { sleep 1; continue; }
  [[ ${poll[0]} == '{"jobs":[]}' ]] || run "${poll[0]}"
done
exit 0
