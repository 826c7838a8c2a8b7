import { defineTopic } from '#schemas';

const value = {
  type: 'record',
  name: 'Change',
  fields: [
    // The version that its key has from then on; 0 where it was not known yet when the event was published.
    { name: 'version', type: 'int' },
    { name: 'transaction', type: 'string' },
  ],
} as const;

/** Where most of what happens at the desk goes. */
export const changes = defineTopic('changes', { partitions: 6, value });

export const notices = defineTopic('notices', { partitions: 3, value });

/** Takes the delayed events: its records bear the time at which they were appended. */
export const reminders = defineTopic('reminders', {
  partitions: 2,
  config: { 'message.timestamp.type': 'LogAppendTime' },
  value,
});

export const TOPICS = [changes, notices, reminders] as const;

/** The topic of that name. */
export function topicNamed(name: string): (typeof TOPICS)[number] {
  const topic = TOPICS.find((each) => each.name === name);
  if (topic) return topic;
  throw new Error(`there is no topic ${name}`);
}
