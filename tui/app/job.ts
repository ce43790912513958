/** Long work of the inspector, done a few milliseconds at a time between keys; escape stops it. */
import type { App } from './app.ts';

export interface Job {
  /** what it is and how far: `searching 34 %` */
  readonly status: string;
  /** Goes on until `performance.now()` passes `until`; whether there is more of it. Tells the app of its end itself. */
  step(until: number, app: App): boolean;
  /** Stopped before its end. */
  cancel(app: App): void;
}
