import "uplot/dist/uPlot.min.css";
import "./style.css";
import { render, type ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon, type IconName } from "./icons";
import { connection, overview, start_overview } from "./live";
import { Action, Empty, Heading, Messages } from "./parts";
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
import { Door, sign_out, use_session } from "./session";
import { use_store } from "./store";

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
      <Heading title="Nothing is here" />
      <Empty>
        <a href={link([])}>To the overview</a>
      </Empty>
    </>
  );
}

function Connection() {
  const state = use_store(connection);
  const cluster = use_store(overview)?.nodes?.[0]?.cluster;
  return (
    <p class={`connection ${state}`} role="status">
      <Icon name={state === "live" ? "dot" : state === "lost" ? "warning" : "clock"} />
      <span>
        {state === "live" ? "live" : state === "lost" ? "connection lost, trying again" : "connecting"}
        {cluster && state === "live" && <span class="faint"> · {cluster}</span>}
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

function focus_search(e: KeyboardEvent): void {
  const at = e.target as HTMLElement;
  if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey) return;
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName)) return;
  const search = document.querySelector<HTMLInputElement>("[data-search]:not([data-search=false])");
  if (!search) return;
  e.preventDefault();
  search.focus();
  search.select();
}

function App() {
  const where = use_store(place);
  const main = useRef<HTMLElement>(null);
  const section = where.path[0] ?? "overview";
  const here = where.path.join("/");
  useEffect(start_overview, []);
  useEffect(() => {
    document.addEventListener("keydown", focus_search);
    return () => document.removeEventListener("keydown", focus_search);
  }, []);
  const first = useRef(true);
  useEffect(() => {
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
      <div class="side">
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
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <Reader />
        <Connection />
      </div>
      <main ref={main} id="content">
        {page_at(where)}
      </main>
      <Messages />
    </>
  );
}

render(
  <Door>
    <App />
  </Door>,
  document.getElementById("app")!,
);
