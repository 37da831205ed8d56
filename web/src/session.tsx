// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Problem } from "./api";
import { Failure } from "./loading";
import { Heading } from "./parts";
import { keep_door, look, session, sign_in } from "./state/session";
import { use_store } from "./state/store";

/** Where those who have no token, or whose token has ended, give one. */

export const unknown_token = "This token is unknown, or it has expired.";

function TokenForm({ children }: { children: ComponentChildren }) {
  const [token, set_token] = useState("");
  const [why, set_why] = useState<unknown>(null);
  const submit = async (e: Event) => {
    e.preventDefault();
    try {
      await sign_in(token);
    } catch (x) {
      set_why(x instanceof Problem && x.status === 401 ? new Error(unknown_token) : x);
    }
  };
  return (
    <form class="record" onSubmit={submit}>
      {children}
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
  );
}

function SignIn() {
  return (
    <main class="sign-in">
      <Heading title="Troupe" />
      <div class="card">
        <TokenForm>
          <p>
            This cluster requires a token. <code>troupe token create</code> makes one.
          </p>
        </TokenForm>
      </div>
    </main>
  );
}

/** Above the page, which stays as it is: what was typed there is not lost. */
function SignInAgain() {
  const dialog = useRef<HTMLDialogElement>(null);
  const show = () => dialog.current?.open || dialog.current?.showModal();
  useEffect(() => void show(), []);
  return (
    <dialog ref={dialog} class="sign-in-again" aria-labelledby="again-title" onCancel={(e) => e.preventDefault()} onClose={show}>
      <h2 id="again-title">Sign in again</h2>
      <TokenForm>
        <p>
          Your token has expired or was revoked. The page behind this dialog stays as it is: sign in, and what you
          were doing goes on.
        </p>
      </TokenForm>
    </dialog>
  );
}

/** Shows the dashboard to those who may see it, and asks the others for their token. */
export function Door({ children }: { children: ComponentChildren }) {
  const now = use_store(session);
  const entered = useRef(false);
  useEffect(() => {
    keep_door();
    void look();
  }, []);
  if (!now) return null;
  if (now.authenticated) entered.current = true;
  if (!entered.current) return <SignIn />;
  return (
    <>
      {children}
      {!now.authenticated && <SignInAgain />}
    </>
  );
}
