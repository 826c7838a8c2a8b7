import { topicConfig, topicConfigEntries } from '#log';
import { formatTable } from './table.js';
import type { Settings, TopicSummary } from './topic-summary.js';

/** Settings in one line, as they are given to `--config`. */
export function settingsLine(settings: Settings): string {
  const entries = Object.entries(settings);
  return entries.map(([key, value]) => `${key}=${value}`).join(' ');
}

/** Every setting of a topic, and who says it: the topic, the defaults of the installation, or Postamt itself. */
export function formatSettings(topic: TopicSummary): string {
  const builtIn: Settings = topicConfigEntries(topicConfig());
  return formatTable(
    ['setting', 'value', 'said by'],
    Object.entries(topic.config).map(([key, value]) => [
      key,
      String(value),
      saidBy(topic, key, builtIn),
    ]),
  );
}

/** A default that the installation says as Postamt would say it, too, counts as Postamt's. */
function saidBy(
  { config, overrides }: TopicSummary,
  key: string,
  builtIn: Settings,
): string {
  if (Object.hasOwn(overrides, key)) return 'topic';
  return config[key] === builtIn[key] ? 'default' : 'installation (default)';
}
