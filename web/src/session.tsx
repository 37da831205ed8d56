// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Problem, get, refused, request, sentence_of } from "./api";
import { Failure } from "./loading";
import { Heading } from "./parts";
import { Store, use_store } from "./store";

/** Who the reader is: where tokens are needed, the gateway keeps one in a cookie. */
export interface Session {
  auth: boolean; // tokens are needed here
  authenticated: boolean;
  name?: string;
  scopes: string[];
  expires_at?: string;
}

const session = new Store<Session | null>(null);

export const use_session = (): Session | null => use_store(session);

const look_again_ms = 1500;
let looking = false;

/** Asks who the reader is, until there is an answer; once, however many want to know meanwhile. */
async function look(): Promise<void> {
  if (looking) return;
  looking = true;
  for (let now: Session | null = null; !now; ) {
    now = await get<Session>("/v1/session").catch(() => null);
    if (now) session.set(now);
    else await new Promise((resolve) => setTimeout(resolve, look_again_ms));
  }
  looking = false;
}

export async function sign_out(): Promise<void> {
  await request("DELETE", "/v1/session");
  location.reload();
}

function SignIn() {
  const [token, set_token] = useState("");
  const [why, set_why] = useState<unknown>(null);
  const submit = async (e: Event) => {
    e.preventDefault();
    try {
      const { body } = await request<Session>("POST", "/v1/session", {
        headers: { Authorization: `Bearer ${token.trim()}` },
      });
      session.set(body);
    } catch (x) {
      set_why(x instanceof Problem && x.status === 401 ? new Error("No such token is known here, or its time is over.") : new Error(sentence_of(x)));
    }
  };
  return (
    <main class="sign-in">
      <Heading title="Troupe" />
      <form class="card record" onSubmit={submit}>
        <p>
          This cluster wants a token. <code>troupe token create</code> makes one.
        </p>
        <div class="field">
          <label for="token">Token</label>
          <input id="token" type="password" autoComplete="current-password" autoFocus value={token} onInput={(e) => set_token(e.currentTarget.value)} />
        </div>
        <Failure why={why} />
        <div class="buttons">
          <button type="submit" class="primary">
            Sign in
          </button>
        </div>
      </form>
    </main>
  );
}

/** Shows the dashboard to those who may see it, and asks the others for their token. */
export function Door({ children }: { children: ComponentChildren }) {
  const now = use_store(session);
  useEffect(() => {
    void look();
    return refused.watch(() => void look());
  }, []);
  if (!now) return null;
  if (!now.authenticated) return <SignIn />;
  return <>{children}</>;
}
