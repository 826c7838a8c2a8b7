/** The schema of Postamt's tables, one of the demo's own. */
export const ENGINE_SCHEMA = 'postamt_demo';

/** The schema of the desk's tables. */
export const DESK_SCHEMA = 'postamt_demo_desk';
