import type { PrometheusSpec, Receiver, Route } from './prometheus-spec.js';
import type { SecretFiles } from './secret-files.js';

type Alertmanager = NonNullable<PrometheusSpec['alertmanager']>;
const seconds = (value: number | undefined): string | undefined =>
  value === undefined ? undefined : Number.isInteger(value) ? `${value}s` : `${Math.round(value * 1000)}ms`;

/** Receivers, routes and inhibitions as Alertmanager reads them. */
export const alertmanagerConfig = ({ receivers, route, inhibit }: Alertmanager, secrets: SecretFiles): object => ({
  route: routeOf(route, true),
  receivers: receivers.map((receiver) => receiverOf(receiver, secrets)),
  ...(inhibit.length > 0
    ? { inhibit_rules: inhibit.map(({ source, target, equal }) => ({ source_matchers: source, target_matchers: target, equal })) }
    : {}),
});

const routeOf = ({ receiver, matchers, groupBy, routes, ...rest }: Route, top: boolean): object => ({
  receiver,
  // The first one takes everything; Alertmanager refuses conditions there.
  ...(top || matchers.length === 0 ? {} : { matchers }),
  ...(rest.continue && !top ? { continue: true } : {}),
  ...(groupBy === undefined ? {} : { group_by: groupBy }),
  group_wait: seconds(rest.groupWaitSeconds),
  group_interval: seconds(rest.groupIntervalSeconds),
  repeat_interval: seconds(rest.repeatIntervalSeconds),
  ...(routes.length > 0 ? { routes: routes.map((inner) => routeOf(inner, false)) } : {}),
});

const receiverOf = ({ name, email, webhook, sms, chat }: Receiver, secrets: SecretFiles): object => {
  const hooks = [...webhook.map((hook) => ['webhook', hook] as const), ...sms.map((hook) => ['sms', hook] as const)];
  return {
    name,
    ...configs(
      'email_configs',
      email.map(({ to, from, smarthost, username, password, requireTls, sendResolved }, index) => ({
        ...{ to, from, smarthost, auth_username: username, require_tls: requireTls, send_resolved: sendResolved },
        auth_password_file: password === undefined ? undefined : secrets.add(`receiver-${name}-email-${index}-password`, password),
      })),
    ),
    ...configs(
      'webhook_configs',
      hooks.map(([kind, { url, sendResolved, ...auth }], index) => {
        const proof = secrets.auth(`receiver-${name}-${kind}-${index}`, auth);
        return { url, send_resolved: sendResolved, ...(Object.keys(proof).length > 0 ? { http_config: proof } : {}) };
      }),
    ),
    ...configs(
      'slack_configs',
      chat.map(({ url, channel, sendResolved }, index) => ({
        ...{ api_url_file: secrets.add(`receiver-${name}-chat-${index}-url`, url), channel, send_resolved: sendResolved },
      })),
    ),
  };
};

const configs = (key: string, list: readonly object[]): object => (list.length > 0 ? { [key]: list } : {});
