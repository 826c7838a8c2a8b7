import { CsvInput } from '../input/csv-input.js';
import { GeneratedInput } from '../input/generated-input.js';
import type { IncidentInput } from '../input/incident-input.js';
import type { Rejection } from '../input/rejection.js';
import type { DemoOptions } from './demo-options.js';

/** The input that the options ask for. */
export async function openInput(
  options: DemoOptions,
  onRejection: (rejection: Rejection) => void,
): Promise<IncidentInput> {
  const { input, incidents, seed, strict } = options;
  if (input === undefined) return new GeneratedInput(incidents, seed);
  return CsvInput.open({ file: input, strict, onRejection });
}
