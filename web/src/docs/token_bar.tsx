// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { Problem, request, sentence_of } from "../api";
import type { Session } from "../state/session";

/** Says who the reader is to the server. A token goes into a cookie that scripts cannot read, and
 *  nowhere else. */
export function TokenBar({ session, changed }: { session: Session; changed: () => void }) {
  const [token, set_token] = useState("");
  const [why, set_why] = useState("");

  const sign_in = async (e: Event) => {
    e.preventDefault();
    try {
      const headers = { Authorization: `Bearer ${token.trim()}` };
      await request<Session>("POST", "/v1/session", { headers });
      set_token("");
      set_why("");
      changed();
    } catch (x) {
      const unknown = x instanceof Problem && x.status === 401;
      set_why(unknown ? "This token is unknown, or it has expired." : sentence_of(x));
    }
  };
  const sign_out = async () => {
    await request("DELETE", "/v1/session");
    changed();
  };

  if (!session.auth) return <p class="faint">No token is needed here.</p>;
  if (session.authenticated)
    return (
      <p class="token">
        <span>
          Token <strong>{session.name}</strong>: {session.scopes.join(", ")}
        </span>
        <button type="button" onClick={() => void sign_out()}>
          Sign out
        </button>
      </p>
    );
  return (
    <form class="token" onSubmit={(e) => void sign_in(e)}>
      <label for="token">Token</label>
      <input
        id="token"
        type="password"
        autoComplete="current-password"
        required
        value={token}
        onInput={(e) => set_token(e.currentTarget.value)}
      />
      <button type="submit">Sign in</button>
      {why && <p role="alert">{why}</p>}
    </form>
  );
}
