/** From each file, the files it imports. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/**
 * The circles in a graph, each as the files along it, the first of them again at the end. At least one is found
 * wherever there are any; of two circles that share an import, one may be reported only once the other is gone.
 */
export function cyclesOf(graph: ImportGraph): string[][] {
  const search = new CycleSearch(graph);
  for (const file of graph.keys()) search.follow(file, []);
  return search.cycles;
}

class CycleSearch {
  readonly cycles: string[][] = [];
  readonly #done = new Set<string>();
  readonly #graph: ImportGraph;

  constructor(graph: ImportGraph) {
    this.#graph = graph;
  }

  follow(file: string, trail: readonly string[]): void {
    if (this.#done.has(file)) return;
    const seenAt = trail.indexOf(file);
    if (seenAt !== -1) {
      this.cycles.push([...trail.slice(seenAt), file]);
      return;
    }
    for (const next of this.#graph.get(file) ?? []) {
      this.follow(next, [...trail, file]);
    }
    this.#done.add(file);
  }
}
