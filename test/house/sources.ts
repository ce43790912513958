/**
 * What the house tests read: the source files of the tree and the import statements in them.
 * Paths are relative to the repository root, with `/`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The folders that make up the package, those of later stages included. */
export const LAYERS = [
  'codec',
  'transport',
  'dissector',
  'client',
  'server',
  'replay',
  'fuzz',
  'tui',
  'cli',
] as const;

/** One import or re-export: `target` is a path in the tree for a relative specifier, else the package's name. */
export interface Import {
  readonly from: string;
  readonly specifier: string;
  readonly target: string;
  readonly relative: boolean;
  /** gone at run time: `import type`, `export type` */
  readonly typeOnly: boolean;
  /** `import('…')` */
  readonly dynamic: boolean;
}

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Every `.ts` file under `folder`, sorted; none if the folder does not exist (yet). */
export function typeScriptFiles(folder: string): string[] {
  let entries: string[];
  try {
    entries = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return entries
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => posix.join(folder, name.split(sep).join('/')))
    .sort();
}

/** Every source file of the package. */
export function sourceFiles(): string[] {
  return LAYERS.flatMap((folder) => typeScriptFiles(folder));
}

// Statements begin a line (biome sees to it), so text that emitters print does not count.
const STATEMENT = /^(?:import|export)\b([^'"`;]*?)(?:\bfrom\s+)?['"]([^'"\n]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"]([^'"\n]+)['"]\s*\)/g;

/** The imports written in `text`, the content of file `from`. */
export function importsIn(from: string, text: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: string, typeOnly: boolean, dynamic: boolean): void => {
    const isRelative = specifier.startsWith('.');
    const target = isRelative ? posix.join(posix.dirname(from), specifier) : packageName(specifier);
    found.push({ from, specifier, target, relative: isRelative, typeOnly, dynamic });
  };
  for (const [statement, clause = '', specifier = ''] of text.matchAll(STATEMENT)) {
    const importing = statement.startsWith('import') || /\bfrom\s+['"]/.test(statement);
    if (importing) add(specifier, /^\s+type\b/.test(clause), false);
  }
  for (const [, specifier = ''] of text.matchAll(DYNAMIC)) add(specifier, false, true);
  return found;
}

function packageName(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Every import in every source file. */
export function sourceImports(): Import[] {
  return sourceFiles().flatMap((file) => importsIn(file, read(file)));
}
