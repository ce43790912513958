/** The version of the package this file runs from: package.json of the nearest folder above named oncilla. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export function packageVersion(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    try {
      const manifest: { name?: unknown; version?: unknown } = JSON.parse(
        readFileSync(join(folder, 'package.json'), 'utf8'),
      );
      if (manifest.name === 'oncilla') return String(manifest.version);
    } catch (e) {
      if ((e as NodeJS.ErrnoException).code !== 'ENOENT') throw e;
    }
    if (dirname(folder) === folder) return 'unknown';
  }
}
