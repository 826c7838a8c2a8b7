import type { AvroNode, FieldNode, RecordNode } from './avro-node.js';
import { describeNode } from './describe-node.js';
import { type Mismatch, within } from './mismatch.js';
import { primitiveTest } from './primitive-test.js';
import { shapeOfNode, shapeOfValue } from './union-rule.js';

/** Says where a value differs from a schema, and `undefined` when it does not. */
export type ValueCheck = (value: unknown) => Mismatch | undefined;

/**
 * Compiles a schema into the check of its values. It is ours and not avsc's `isValid`, which takes `'toString'` and
 * `['New']` for symbols of any enum, a Map or a Date for an empty map, NaN for a double, and does not name an
 * undeclared field.
 */
export class ValueCheckCompiler {
  readonly #checks = new Map<AvroNode, ValueCheck>();

  compile(node: AvroNode): ValueCheck {
    const known = this.#checks.get(node);
    if (known) return known;
    // What a record that refers to itself meets while it is compiled.
    this.#checks.set(node, (value) => this.compile(node)(value));
    const check = this.#build(node);
    this.#checks.set(node, check);
    return check;
  }

  #build(node: AvroNode): ValueCheck {
    switch (node.kind) {
      case 'record':
        return this.#record(node);
      case 'array':
        return this.#array(node, node.items);
      case 'map':
        return this.#map(node, node.values);
      case 'union':
        return this.#union(node, node.branches);
      default:
        return leaf(node);
    }
  }

  #record(node: RecordNode): ValueCheck {
    const declared = new Set(node.fields.map(({ name }) => name));
    const fields = node.fields.map((field) => this.#field(field));
    const expected = describeNode(node);
    return (value) => {
      if (!isObject(value)) return { path: '', value, expected };
      for (const key of Object.keys(value))
        if (!declared.has(key) && value[key] !== undefined)
          return undeclared(node, key, value[key]);
      for (const { name, check } of fields) {
        const inner = check(value[name]);
        if (inner) return within(name, inner);
      }
      return undefined;
    };
  }

  #field(field: FieldNode): { name: string; check: ValueCheck } {
    const check = this.compile(field.node);
    if (field.defaultValue === undefined) return { name: field.name, check };
    return {
      name: field.name,
      check: (value) => (value === undefined ? undefined : check(value)),
    };
  }

  #array(node: AvroNode, items: AvroNode): ValueCheck {
    const check = this.compile(items);
    const expected = describeNode(node);
    return (value) => {
      if (!Array.isArray(value)) return { path: '', value, expected };
      for (let index = 0; index < value.length; index++) {
        const inner = check(value[index]);
        if (inner) return within(`[${index}]`, inner);
      }
      return undefined;
    };
  }

  #map(node: AvroNode, values: AvroNode): ValueCheck {
    const check = this.compile(values);
    const expected = describeNode(node);
    return (value) => {
      if (!isObject(value)) return { path: '', value, expected };
      for (const key of Object.keys(value)) {
        const inner = checkKey(key) ?? check(value[key]);
        if (inner) return within(`[${JSON.stringify(key)}]`, inner);
      }
      return undefined;
    };
  }

  #union(node: AvroNode, branches: readonly AvroNode[]): ValueCheck {
    const byShape = new Map(
      branches.map((branch) => [shapeOfNode(branch), this.compile(branch)]),
    );
    const expected = describeNode(node);
    return (value) => {
      const check = byShape.get(shapeOfValue(value));
      const inner = check ? check(value) : { path: '', value, expected };
      // A value that none of the branches takes is told all of them.
      return inner?.path === '' ? { ...inner, expected } : inner;
    };
  }
}

function leaf(node: AvroNode): ValueCheck {
  const test = primitiveTest(node);
  const expected = describeNode(node);
  return (value) => (test(value) ? undefined : { path: '', value, expected });
}

/** Objects and class instances, but no Map, Date, Promise, Error or Buffer, whose content no key shows. */
function isObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    Object.prototype.toString.call(value) === '[object Object]'
  );
}

function undeclared(node: RecordNode, key: string, value: unknown): Mismatch {
  const names = node.fields.map(({ name }) => name).join(', ');
  const expected = `no such field: record ${node.name} has ${names || 'no fields'}`;
  return { path: key, value, expected };
}

function checkKey(key: string): Mismatch | undefined {
  if (key !== '__proto__' && key.isWellFormed()) return undefined;
  const expected = 'a key of well-formed Unicode other than __proto__';
  return { path: '', value: key, expected };
}
