/** The planted program's calls, for tests that need some. */
import { casesOf, type FuzzCase, type PlanOptions } from '../../fuzz/plan.ts';
import { plantServed } from './plant.ts';

export const served = plantServed();

export const streamPlan: PlanOptions = { seed: 5, procedures: served.procedures, stream: true };
export const datagramPlan: PlanOptions = { ...streamPlan, stream: false };

export const [, PUT, ECHO, SUM] = served.procedures as unknown as [
  PlanOptions['procedures'][number],
  PlanOptions['procedures'][number],
  PlanOptions['procedures'][number],
  PlanOptions['procedures'][number],
];

/** The case of the first round whose id ends so. */
export function caseNamed(
  procedure: PlanOptions['procedures'][number],
  ending: string,
  plan = datagramPlan,
): FuzzCase {
  for (const one of casesOf(procedure, 0, plan)) if (one.id.endsWith(ending)) return one;
  throw new Error(`no case ${ending}`);
}
