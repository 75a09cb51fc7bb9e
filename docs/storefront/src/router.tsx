// Pages by the path behind BASE.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { BASE, SHOP } from "./config";
import { Store } from "./store";

export interface Place {
  path: string[];
  query: URLSearchParams;
}

function here(): Place {
  const path = location.pathname.slice(BASE.length).split("/").filter(Boolean).map(decodeURIComponent);
  return { path, query: new URLSearchParams(location.search) };
}

const place = new Store<Place>(here());
addEventListener("popstate", () => place.set(here()));

export function usePlace(): Place {
  return place.use();
}

export function go(to: string, how: "push" | "replace" = "push"): void {
  if (how === "push") history.pushState(null, "", BASE + to);
  else history.replaceState(null, "", BASE + to);
  place.set(here());
  if (how === "push") scrollTo(0, 0);
}

type LinkProperties = { to: string; children: ComponentChildren; class?: string; "aria-label"?: string };

export function Link({ to, children, ...others }: LinkProperties) {
  function follow(event: MouseEvent): void {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  }
  return <a href={BASE + to} onClick={follow} {...others}>{children}</a>;
}

let isFirst = true;

/** The heading of a page. It gets the focus after a change of the page, so that screen readers read it. */
export function Title({ children }: { children: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${children} · ${SHOP}`;
  }, [children]);
  useEffect(() => {
    if (!isFirst) heading.current?.focus();
    isFirst = false;
  }, []);
  return <h1 ref={heading} tabIndex={-1}>{children}</h1>;
}
