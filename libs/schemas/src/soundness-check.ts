import type { AvroNode, FieldNode } from './avro-node.js';
import { leastBytes } from './least-bytes.js';
import { schemaFault } from './schema-fault.js';
import { showValue } from './show-value.js';
import { ValueCheckCompiler } from './value-check.js';
import { joinPath } from './value-path.js';

/**
 * Refuses what can only be seen once a schema is parsed as a whole: a default that is not a value of its field, and an
 * array whose items take no bytes. Of such an array a reader cannot tell a count from a damaged one, and would fill the
 * memory with four billion nulls.
 */
export class SoundnessCheck {
  readonly #checks = new ValueCheckCompiler();
  readonly #seen = new Set<AvroNode>();

  assert(node: AvroNode, path = ''): void {
    if (this.#seen.has(node)) return;
    this.#seen.add(node);
    if (node.kind === 'record')
      for (const field of node.fields)
        this.#assertField(field, joinPath(path, field.name));
    if (node.kind === 'union')
      for (const branch of node.branches) this.assert(branch, path);
    if (node.kind === 'map') this.assert(node.values, `${path}{}`);
    if (node.kind === 'array') this.#assertItems(node.items, path);
  }

  #assertField(field: FieldNode, path: string): void {
    this.assert(field.node, path);
    if (field.defaultValue === undefined) return;
    const mismatch = this.#checks.compile(field.node)(field.defaultValue);
    if (mismatch)
      throw schemaFault(
        path,
        `has a default of ${showValue(mismatch.value)}, expected ${mismatch.expected}`,
      );
  }

  #assertItems(items: AvroNode, path: string): void {
    if (leastBytes(items) === 0)
      throw schemaFault(
        path,
        'is an array of items that take no bytes, whose number no reader can check; send the number instead',
      );
    this.assert(items, `${path}[]`);
  }
}
