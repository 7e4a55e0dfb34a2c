/* A passage of the meeting's sound, for the captioner: one at a time. */

export class Passage {
  /** @param {() => void} onEnd it was heard to its end */
  constructor(onEnd) {
    this.onEnd = onEnd;
    /** @type {HTMLAudioElement | null} */
    this.sound = null;
  }

  stop() {
    this.sound?.pause();
  }

  /** In the place of what plays. @param {string} address @returns {Promise<boolean>} false: it can't be played */
  async play(address) {
    this.stop();
    const sound = new Audio(address);
    this.sound = sound;
    sound.onended = this.onEnd;
    try {
      await sound.play();
    } catch {
      return this.sound !== sound || !sound.error; // another one took its place, or it was stopped
    }
    return true;
  }
}
