// SPDX-License-Identifier: Apache-2.0
/** A text of the document, in which `names` stand in backticks. */
export function Words({ text }: { text: string }) {
  return <>{text.split("`").map((x, i) => (i % 2 === 1 ? <code key={i}>{x}</code> : x))}</>;
}
