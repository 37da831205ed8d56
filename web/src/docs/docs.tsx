// SPDX-License-Identifier: Apache-2.0
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { get, sentence_of } from "../api";
import type { Session } from "../state/session";
import { curl_of, describe, places_of, resolve, scope_of } from "./document";
import type { Document, Parameter, Place } from "./document";
import { ContentView } from "./schema_view";
import { TokenBar } from "./token_bar";
import { TryIt } from "./try_it";
import { Words } from "./words";
import "./docs.css";

interface Part {
  document: Document;
}

function ParameterRow({ document, parameter }: Part & { parameter: Parameter }) {
  const real = resolve(document, parameter);
  return (
    <tr>
      <th scope="row">
        <code>{real.name}</code>
        {real.required && <span class="required"> required</span>}
      </th>
      <td>{real.in}</td>
      <td>
        <Words text={real.description ?? ""} />{" "}
        <span class="type">{describe(resolve(document, real.schema ?? {}))}</span>
      </td>
    </tr>
  );
}

function Answers({ document, place }: Part & { place: Place }) {
  return (
    <dl>
      {Object.entries(place.operation.responses).map(([status, reference]) => {
        const response = resolve(document, reference);
        return (
          <div key={status}>
            <dt>{status}</dt>
            <dd>
              <Words text={response.description} />
              {response.headers && (
                <span class="faint"> Headers: {Object.keys(response.headers).join(", ")}.</span>
              )}
              {Number(status) < 300 && response.content && (
                <ContentView document={document} content={response.content} />
              )}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

function OperationBody({ document, place }: Part & { place: Place }) {
  const { operation } = place;
  const scope = scope_of(place);
  return (
    <>
      {scope && (
        <p class="faint">
          Needs the scope <code>{scope}</code>, where tokens are needed.
        </p>
      )}
      {operation.parameters && (
        <table>
          <caption>Parameters</caption>
          <tbody>
            {operation.parameters.map((x, i) => (
              <ParameterRow document={document} parameter={x} key={i} />
            ))}
          </tbody>
        </table>
      )}
      {operation.requestBody && (
        <section>
          <h3>Body</h3>
          <ContentView document={document} content={operation.requestBody.content} />
        </section>
      )}
      <section>
        <h3>Answers</h3>
        <Answers document={document} place={place} />
      </section>
      <h3>On a command line</h3>
      <pre tabIndex={0}>{curl_of(document, place, location.origin)}</pre>
      {place.method === "get" && <TryIt document={document} place={place} />}
    </>
  );
}

/** `wanted`: the address names it. */
function OperationView({ document, place, wanted }: Part & { place: Place; wanted: boolean }) {
  const { operation, method, path } = place;
  const [open, set_open] = useState(wanted);
  useEffect(() => {
    if (!wanted) return;
    set_open(true);
    window.document.getElementById(operation.operationId)?.scrollIntoView();
  }, [wanted]);
  return (
    <div class="place">
      <details
        class="operation"
        id={operation.operationId}
        open={open}
        onToggle={(e) => set_open(e.currentTarget.open)}
      >
        <summary>
          <span class={`method ${method}`}>{method.toUpperCase()}</span> <code>{path}</code>
          <span class="summary">
            <Words text={operation.summary} />
          </span>
        </summary>
        {open && <OperationBody document={document} place={place} />}
      </details>
      <a class="anchor" href={`#${operation.operationId}`} aria-label={`Link to ${operation.operationId}`}>
        #
      </a>
    </div>
  );
}

function Errors({ document }: Part) {
  const codes = document.components.schemas["error_code"]?.oneOf ?? [];
  return (
    <section>
      <h2 id="errors">Errors</h2>
      <p class="faint">
        What <code>code</code> of a refusal may be.
      </p>
      <dl class="codes">
        {codes.map((x) => (
          <div key={String(x.const)}>
            <dt>
              <code>{String(x.const)}</code>
            </dt>
            <dd>
              <Words text={x.description ?? ""} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function DocumentView({ document }: Part) {
  const [words, set_words] = useState("");
  const [wanted, set_wanted] = useState(location.hash.slice(1));
  useEffect(() => {
    const follow = () => set_wanted(location.hash.slice(1));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  const fits = ({ path, method, operation }: Place) =>
    `${method} ${path} ${operation.operationId} ${operation.summary}`
      .toLowerCase()
      .includes(words.trim().toLowerCase());
  const all = places_of(document).filter((x) => fits(x) || x.operation.operationId === wanted);
  return (
    <>
      {document.info.description.split("\n\n").map((x) => (
        <p key={x}>
          <Words text={x} />
        </p>
      ))}
      <nav aria-label="Sections">
        {document.tags.map((tag) => (
          <a href={`#${tag.name}`} key={tag.name}>
            {tag.name}
          </a>
        ))}
        <a href="#errors">errors</a>
      </nav>
      <input
        type="search"
        placeholder="Find an operation"
        aria-label="Find an operation"
        value={words}
        onInput={(e) => set_words(e.currentTarget.value)}
      />
      {document.tags.map((tag) => (
        <section key={tag.name}>
          <h2 id={tag.name}>{tag.name}</h2>
          <p class="faint">{tag.description}</p>
          {all
            .filter((x) => x.operation.tags.includes(tag.name))
            .map((x) => (
              <OperationView
                document={document}
                place={x}
                wanted={wanted === x.operation.operationId}
                key={x.operation.operationId}
              />
            ))}
        </section>
      ))}
      <Errors document={document} />
    </>
  );
}

function Page() {
  const [session, set_session] = useState<Session | null>(null);
  const [document, set_document] = useState<Document | null>(null);
  const [why, set_why] = useState("");
  const load = async () => {
    set_why("");
    try {
      const who = await get<Session>("/v1/session");
      set_session(who);
      set_document(who.authenticated ? await get<Document>("/openapi.json") : null);
    } catch (failure) {
      set_document(null);
      set_why(sentence_of(failure));
    }
  };
  useEffect(() => void load(), []);
  return (
    <main>
      <h1>Troupe</h1>
      <p>
        <a href="/openapi.json">/openapi.json</a> is what this page shows; <a href="/">/</a> is the
        dashboard.
      </p>
      {session && <TokenBar session={session} changed={() => void load()} />}
      {session && !session.authenticated && (
        <p>
          This cluster requires a token. <code>troupe token create</code> makes one; for this page it
          needs the scope <code>cluster:read</code>.
        </p>
      )}
      {why && <p role="alert">The document could not be loaded. {why}</p>}
      {document && <DocumentView document={document} />}
    </main>
  );
}

const place = document.getElementById("docs");
if (place) render(<Page />, place);
