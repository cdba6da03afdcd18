// Who is signed in, and what the role allows. The server decides; this only hides dead buttons.
import { useEffect, useState } from "/web/vendor/hooks.js";
import { api, whenSignedOut } from "./api.js";

// Asked only where somebody has signed in before: a first visit goes straight to the door.
const BEEN_HERE = "frontdesk:been-here";

function remember(been) {
  try {
    if (been) localStorage.setItem(BEEN_HERE, "yes");
    else localStorage.removeItem(BEEN_HERE);
  } catch {
    // Storage is switched off: one more sign-in after a reload.
  }
}

function beenHere() {
  try {
    return localStorage.getItem(BEEN_HERE) !== null;
  } catch {
    return true;
  }
}

// `me` is undefined while it is not known, and null when nobody is signed in.
export function useMe() {
  const [me, setMe] = useState(() => (beenHere() ? undefined : null));
  const [notice, setNotice] = useState(null);

  useEffect(() => {
    whenSignedOut(() => {
      setNotice("Your session has ended. Sign in again to go on.");
      remember(false);
      setMe(null);
    });
    if (me === undefined) {
      api.me().then(signedIn, (error) => {
        if (error.status !== 401) setNotice(error.message);
        else remember(false);
        setMe(null);
      });
    }
  }, []);

  function signedIn(person) {
    remember(true);
    setNotice(null);
    setMe(person);
  }

  async function signOut() {
    await api.signOut().catch(() => {});
    remember(false);
    setNotice(null);
    setMe(null);
  }

  return { me, notice, signedIn, signOut };
}

export function permissions(me) {
  const has = (name) => me.permissions.includes(name);
  return {
    read: has("conversation:read"),
    reply: has("conversation:reply"),
    note: has("conversation:note"),
    assign: has("conversation:assign"),
    close: has("conversation:close"),
    export: has("conversation:export"),
    receipts: has("receipt:read"),
    users: has("user:read"),
  };
}
