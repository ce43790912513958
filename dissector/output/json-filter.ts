/** -j and -J: which protocols -T json, jsonraw, ek and pdml show; of the others they say that they were filtered. */
export interface JsonFilter {
  readonly protocols: ReadonlySet<string>;
  /** -J: with everything below; -j: subtrees are filtered too unless they are named */
  readonly deep: boolean;
}

/** Does the filter (null: none) keep what is called `key` out? */
export function filtersOut(filter: JsonFilter | null, key: string): boolean {
  return filter !== null && !filter.protocols.has(key);
}

/** The filter for what stands below something that it let through. */
export function below(filter: JsonFilter | null): JsonFilter | null {
  return filter?.deep ? null : filter;
}
