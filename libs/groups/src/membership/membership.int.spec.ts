import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addPartitions, createTopic } from '#log';
import type { Database } from '#postgres';
import { TestDatabase, useDatabase, waitFor } from '#testing';
import { Membership } from './membership.js';
