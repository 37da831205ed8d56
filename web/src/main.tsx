// SPDX-License-Identifier: Apache-2.0
import "uplot/dist/uPlot.min.css";
import "./styles/base.css";
import "./styles/frame.css";
import "./styles/controls.css";
import "./styles/tables.css";
import "./styles/overview.css";
import "./styles/pages.css";
import "./styles/phone.css";
import { render, type ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { clock, compact } from "./format";
import { Icon, type IconName } from "./icons";
import { letter_queues } from "./letters";
import { connection, overview, start_overview } from "./state/live";
import { Empty } from "./loading";
import { Messages } from "./messages";
import { Action, Heading } from "./parts";
import { CachesPage } from "./pages/caches";
import { CollectionsPage } from "./pages/collections";
import { DeadPage } from "./pages/dead";
import { JobPage } from "./pages/job";
import { JobsPage } from "./pages/jobs";
import { NodesPage } from "./pages/nodes";
import { OverviewPage } from "./pages/overview";
import { QueuesPage } from "./pages/queues";
import { NewRecordPage, RecordPage } from "./pages/record";
import { RecordsPage } from "./pages/records";
import { link, place, type Place } from "./router";
import { samples } from "./samples";
import { Door } from "./session";
import { Shortcuts } from "./shortcuts";
import { may_watch, sign_out, use_session } from "./state/session";
import { use_store } from "./state/store";
import { guard_tasks } from "./state/tasks";
import { Tasks } from "./tasks";

const sections: { name: string; title: string; short: string; icon: IconName }[] = [
  { name: "overview", title: "Overview", short: "Overview", icon: "overview" },
  { name: "queues", title: "Queues", short: "Queues", icon: "queues" },
  { name: "jobs", title: "Jobs", short: "Jobs", icon: "jobs" },
  { name: "dead", title: "Dead letters", short: "Dead", icon: "dead" },
  { name: "nodes", title: "Workers", short: "Workers", icon: "nodes" },
  { name: "collections", title: "Collections", short: "Records", icon: "collections" },
  { name: "caches", title: "Cache", short: "Cache", icon: "caches" },
];

function page_at({ path, query }: Place): ComponentChildren {
  const [section = "overview", a, b, c] = path;
  if (section === "overview") return <OverviewPage />;
  if (section === "queues") return <QueuesPage />;
  if (section === "jobs") return a ? <JobPage key={a} id={a} /> : <JobsPage query={query} />;
  if (section === "dead") return <DeadPage query={query} />;
  if (section === "nodes") return <NodesPage />;
  if (section === "caches") return <CachesPage />;
  if (section === "collections") {
    if (!a) return <CollectionsPage />;
    if (b === "new") return <NewRecordPage key={a} name={a} />;
    if (b === "records" && c) return <RecordPage key={`${a}/${c}`} name={a} id={c} />;
    return <RecordsPage key={a} name={a} query={query} />;
  }
  return (
    <>
      <Heading title="Page not found" />
      <Empty>
        <a href={link([])}>Go to the overview</a>
      </Empty>
    </>
  );
}

/** When the last overview came; empty: none has come. */
function last_heard(): string {
  const last = samples[samples.length - 1];
  return last ? clock(last.at * 1000) : "";
}

function Connection() {
  const state = use_store(connection);
  const cluster = use_store(overview)?.nodes?.[0]?.cluster;
  const watches = may_watch(use_session());
  if (!watches) return null;
  return (
    <p class={`connection ${state}`} role="status">
      <Icon name={state === "live" ? "dot" : state === "lost" ? "warning" : "clock"} />
      <span>
        {state === "live" ? "live" : state === "lost" ? "connection lost" : "connecting"}
        {cluster && state === "live" && <span class="faint"> · {cluster}</span>}
      </span>
    </p>
  );
}

/** Above a page that is out of date because nothing is heard of the server. */
function Lost() {
  if (use_store(connection) !== "lost") return null;
  const since = last_heard();
  return (
    <p class="lost-banner" role="alert">
      <Icon name="warning" />
      <span>
        {since ? `The server has not answered since ${since}: what you see is from then.` : "The server does not answer."} Trying
        again…
      </span>
    </p>
  );
}

/** Who is signed in, where tokens are needed. */
function Reader() {
  const session = use_session();
  if (!session?.name) return null;
  return (
    <p class="reader">
      <span class="faint">{session.name}</span>
      <Action class="quiet" run={sign_out}>
        Sign out
      </Action>
    </p>
  );
}

/** How many dead letters there are, beside the link to them. */
function Letters() {
  const queues = use_store(overview)?.queues ?? [];
  const letters = letter_queues(queues).reduce((n, x) => n + x.ready, 0);
  if (letters === 0) return null;
  return (
    <span class="letters">
      {compact(letters)}
      <span class="hidden"> letters</span>
    </span>
  );
}

function App() {
  const where = use_store(place);
  const main = useRef<HTMLElement>(null);
  const section = where.path[0] ?? "overview";
  const here = where.path.join("/");
  const watches = may_watch(use_session());
  useEffect(() => (watches ? start_overview() : undefined), [watches]);
  useEffect(guard_tasks, []);
  const lost = use_store(connection) === "lost";
  const first = useRef(true);
  // Before anything is to be seen: whoever types at once must not lose the focus to it.
  useLayoutEffect(() => {
    const title = sections.find((x) => x.name === section)?.title ?? "Troupe";
    document.title = `${where.path.length > 1 ? `${where.path[where.path.length - 1]} · ` : ""}${title} · Troupe`;
    // Whoever reads with a screen reader hears where a link led.
    if (!first.current) main.current?.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
    if (!first.current) scrollTo(0, 0);
    first.current = false;
  }, [here]);
  return (
    <>
      <a
        class="skip"
        href="#content"
        onClick={(e) => {
          e.preventDefault();
          main.current?.querySelector<HTMLElement>("h1")?.focus();
        }}
      >
        Skip to the content
      </a>
      <header class="side">
        <a class="brand" href={link([])} aria-label="Troupe, to the overview">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <rect width="32" height="32" rx="7" />
            <path d="M16 9 8.5 20h15z" />
            <circle cx="16" cy="9" r="3.4" />
            <circle cx="8.5" cy="20" r="3.4" />
            <circle cx="23.5" cy="20" r="3.4" />
          </svg>
          Troupe
        </a>
        <nav aria-label="Sections">
          <ul>
            {sections.map((x) => (
              <li key={x.name}>
                <a href={link([x.name])} aria-current={x.name === section ? "page" : undefined}>
                  <Icon name={x.icon} />
                  <span class="full">{x.title}</span>
                  <span class="short" aria-hidden="true">
                    {x.short}
                  </span>
                  {x.name === "dead" && <Letters />}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <Reader />
        <Shortcuts />
        <Connection />
      </header>
      <div class="content">
        <Lost />
        <main ref={main} id="content" class={lost ? "lost" : undefined}>
          {page_at(where)}
        </main>
      </div>
      <div class="corner">
        <Tasks />
        <Messages />
      </div>
    </>
  );
}

render(
  <Door>
    <App />
  </Door>,
  document.getElementById("app")!,
);
