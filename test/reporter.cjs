/**
 * Mocha's spec output, then every skipped test by name (the title names the missing program), then the one line
 * that people and CI read: `N passed, N failed, N skipped`.
 */
const { reporters, Runner } = require('mocha');

const { EVENT_RUN_END } = Runner.constants;

class TotalsReporter extends reporters.Spec {
  #skipped = [];

  constructor(runner, options) {
    super(runner, options);
    runner.on(Runner.constants.EVENT_TEST_PENDING, (test) => this.#skipped.push(test.fullTitle()));
    // Registered after Spec's own listener, so that this is the last thing written.
    runner.once(EVENT_RUN_END, () => this.#writeTotals());
  }

  #writeTotals() {
    const { passes, failures } = this.stats;
    const lines = this.#skipped.map((title) => `skipped: ${title}`);
    lines.push(`${passes} passed, ${failures} failed, ${this.#skipped.length} skipped`);
    reporters.Base.consoleLog(lines.join('\n'));
  }
}

module.exports = TotalsReporter;
