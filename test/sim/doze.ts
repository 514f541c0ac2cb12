/** A process that SIGSTOP has stopped until SIGCONT: what comes to it waits, and is all there when it goes on. */
export class Doze {
  isOn = false;
  #waiting: (() => void)[] = [];

  whenAwake(run: () => void): void {
    if (this.isOn) this.#waiting.push(run);
    else run();
  }

  goOn(): void {
    this.isOn = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const run of waiting) this.whenAwake(run);
  }
}
