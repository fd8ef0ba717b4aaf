/** Where notifications go. Secrets (`token`, a webhook's `url`) never appear in output. */
export type Target =
  | {
      readonly kind: 'bot';
      /** Base of the Web API with a trailing slash, e.g. `https://slack.com/api/`. */
      readonly baseUrl: string;
      readonly token: string;
    }
  | { readonly kind: 'webhook'; readonly url: string };
