// GraphiQL on this server's API, with examples to begin with. `?q=`, `?variables=` and `?operation=` of the
// page's address are taken instead, so that an operation can be linked to.
"use strict";
const address = new URL(window.location.href);
const api = address.origin + address.pathname;
const asked = address.searchParams;
const examples = JSON.parse(document.getElementById("examples").textContent);

const fetcher = GraphiQL.createFetcher({ url: api, subscriptionUrl: api.replace(/^http/, "ws") });

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultQuery: examples,
    query: asked.get("q") ?? undefined,
    variables: asked.get("variables") ?? undefined,
    operationName: asked.get("operation") ?? undefined,
    plugins: [GraphiQLPluginExplorer.explorerPlugin()],
    defaultEditorToolsVisibility: "headers",
    shouldPersistHeaders: true,
    inputValueDeprecation: true,
  }),
);
