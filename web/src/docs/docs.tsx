import { render } from "preact";

import { describe, resolve } from "./document";
import type { Content, Document, Operation, Parameter, Schema } from "./document";
import "./docs.css";

interface Part {
  document: Document;
}

/** What a schema says, as a list that opens where it goes deeper. */
function SchemaView({ document, schema, depth }: Part & { schema: Schema; depth: number }) {
  const real = resolve(document, schema);
  const parts = real.allOf ?? real.anyOf ?? real.oneOf;
  const name = schema.$ref?.split("/").pop();
  if (depth > 6) return <span class="faint">{name ?? "…"}</span>;
  const inner = (
    <>
      {parts?.map((part, i) => (
        <div key={i}>
          {i > 0 && <span class="faint">{real.allOf ? "and " : "or "}</span>}
          <SchemaView document={document} schema={part} depth={depth + 1} />
        </div>
      ))}
      {real.properties && (
        <ul>
          {Object.entries(real.properties).map(([key, property]) => (
            <li key={key}>
              <code>{key}</code>
              {real.required?.includes(key) && <span class="required"> required</span>}{" "}
              <SchemaView document={document} schema={property} depth={depth + 1} />
            </li>
          ))}
        </ul>
      )}
      {real.items && (
        <div>
          <span class="faint">each </span>
          <SchemaView document={document} schema={real.items} depth={depth + 1} />
        </div>
      )}
    </>
  );
  const text = describe(real);
  return (
    <>
      <span class="type">{text}</span> {real.description && <span>{real.description}</span>}
      {name && (parts || real.properties || real.items) ? (
        <details>
          <summary>{name}</summary>
          {inner}
        </details>
      ) : (
        inner
      )}
    </>
  );
}

function ContentView({ document, content }: Part & { content: Content }) {
  return (
    <>
      {Object.entries(content).map(([type, { schema }]) => (
        <div class="content" key={type}>
          <code>{type}</code>{" "}
          {schema && <SchemaView document={document} schema={schema} depth={0} />}
        </div>
      ))}
    </>
  );
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
        {real.description}{" "}
        <span class="type">{describe(resolve(document, real.schema ?? {}))}</span>
      </td>
    </tr>
  );
}

interface Place {
  path: string;
  method: string;
  operation: Operation;
}

function OperationView({ document, path, method, operation }: Part & Place) {
  return (
    <details class="operation" id={operation.operationId}>
      <summary>
        <span class={`method ${method}`}>{method.toUpperCase()}</span> <code>{path}</code>
        <span class="summary">{operation.summary}</span>
      </summary>
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
          <h4>Body</h4>
          <ContentView document={document} content={operation.requestBody.content} />
        </section>
      )}
      <section>
        <h4>Answers</h4>
        <dl>
          {Object.entries(operation.responses).map(([status, response]) => (
            <div key={status}>
              <dt>{status}</dt>
              <dd>
                {response.description}
                {response.headers && (
                  <span class="faint"> Headers: {Object.keys(response.headers).join(", ")}.</span>
                )}
                {Number(status) < 300 && response.content && (
                  <ContentView document={document} content={response.content} />
                )}
              </dd>
            </div>
          ))}
        </dl>
      </section>
    </details>
  );
}

function DocumentView({ document }: Part) {
  const all = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  return (
    <main>
      <h1>{document.info.title}</h1>
      {document.info.description.split("\n\n").map((x) => (
        <p key={x}>{x}</p>
      ))}
      <p>
        <a href="/openapi.json">/openapi.json</a> is what this page shows; <a href="/">/</a> is the
        dashboard.
      </p>
      {document.tags.map((tag) => (
        <section key={tag.name}>
          <h2 id={tag.name}>{tag.name}</h2>
          <p class="faint">{tag.description}</p>
          {all
            .filter((x) => x.operation.tags.includes(tag.name))
            .map((x) => (
              <OperationView document={document} {...x} key={x.operation.operationId} />
            ))}
        </section>
      ))}
    </main>
  );
}

const place = document.getElementById("docs");
if (place) {
  try {
    const answer = await fetch("/openapi.json");
    if (!answer.ok) throw new Error(`/openapi.json answers ${answer.status}`);
    render(<DocumentView document={(await answer.json()) as Document} />, place);
    // An address with an operation's name shows that operation.
    const wanted = document.getElementById(location.hash.slice(1));
    if (wanted instanceof HTMLDetailsElement) wanted.open = true;
    wanted?.scrollIntoView();
  } catch (failure) {
    render(<p role="alert">The document cannot be read: {String(failure)}</p>, place);
  }
}
