// Long lists, which are read page by page.
import { useEffect, useState } from "preact/hooks";
import type { AnyVariables, TypedDocumentNode } from "@urql/core";
import { say } from "./choice";
import { client, Unreachable, useQuery } from "./client";
import { Act } from "./ui";

interface Page<Node> {
  nodes: Node[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** The nodes of the pages that were read so far, and the button that adds the next one; `of` finds a page in the answer. */
export function usePages<Data, Variables extends AnyVariables, Node>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  of: (data: Data) => Page<Node>,
) {
  const { data, ...reading } = useQuery(document, variables);
  const [others, setOthers] = useState<Page<Node>[]>([]);
  useEffect(() => setOthers([]), [JSON.stringify(variables), data]);
  const pages = data ? [of(data), ...others] : [];
  const after = pages.at(-1)?.pageInfo;
  const load = async (): Promise<null> => {
    const { data: next } = await client.query(document, { ...variables, after: after?.endCursor });
    if (!next) throw new Unreachable();
    setOthers([...others, of(next)]);
    return null;
  };
  const more = after?.hasNextPage ? <Act work={load}>{say.more}</Act> : null;
  return { ...reading, nodes: pages.flatMap(({ nodes }) => nodes), more };
}
