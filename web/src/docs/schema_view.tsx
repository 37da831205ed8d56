// SPDX-License-Identifier: Apache-2.0
import { describe, examples_of, resolve } from "./document";
import type { Content, Document, Schema } from "./document";
import { Words } from "./words";

interface Part {
  document: Document;
}

function Members({ document, schema, depth }: Part & { schema: Schema; depth: number }) {
  const parts = schema.allOf ?? schema.anyOf ?? schema.oneOf;
  return (
    <>
      {parts?.map((part, i) => (
        <div key={i}>
          {i > 0 && <span class="faint">{schema.allOf ? "and " : "or "}</span>}
          <SchemaView document={document} schema={part} depth={depth + 1} />
        </div>
      ))}
      {schema.properties && (
        <ul>
          {Object.entries(schema.properties).map(([key, property]) => (
            <li key={key}>
              <code>{key}</code>
              {schema.required?.includes(key) && <span class="required"> required</span>}{" "}
              <SchemaView document={document} schema={property} depth={depth + 1} />
            </li>
          ))}
        </ul>
      )}
      {[schema.items, schema.contentSchema].map(
        (inner, i) =>
          inner && (
            <div key={i}>
              <span class="faint">each </span>
              <SchemaView document={document} schema={inner} depth={depth + 1} />
            </div>
          ),
      )}
    </>
  );
}

/** What a schema says, as a list that opens where it goes deeper. */
function SchemaView({ document, schema, depth }: Part & { schema: Schema; depth: number }) {
  const real = resolve(document, schema);
  const name = schema.$ref?.split("/").pop();
  if (depth > 6) return <span class="faint">{name ?? "…"}</span>;
  const deep = real.allOf ?? real.anyOf ?? real.oneOf ?? real.properties ?? real.items;
  const inner = <Members document={document} schema={real} depth={depth} />;
  return (
    <>
      <span class="type">{describe(real)}</span>{" "}
      {real.description && <Words text={real.description} />}
      {name && deep ? (
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

export function ContentView({ document, content }: Part & { content: Content }) {
  return (
    <>
      {Object.entries(content).map(([type, media]) => (
        <div class="content" key={type}>
          <code>{type}</code>{" "}
          {media.schema && <SchemaView document={document} schema={media.schema} depth={0} />}
          {examples_of(media).map(([title, text]) => (
            <figure key={title}>
              <figcaption class="faint">{title}</figcaption>
              <pre tabIndex={0}>{text}</pre>
            </figure>
          ))}
        </div>
      ))}
    </>
  );
}
