// The clock that everything follows: the video's own where there is one, else one of its own.
class Player {
  constructor(video) {
    this.video = video;
    this.index = 0;
    this.rate = 1;
    this.playing = false;
    this.listeners = [];
    this.wanted = null;
    if (video) this.follow(video);
  }

  follow(video) {
    video.addEventListener("error", () => this.withoutVideo(), { once: true });
    video.src = clipAddress();
    video.addEventListener("play", () => this.setPlaying(true));
    video.addEventListener("pause", () => this.setPlaying(false));
    video.addEventListener("ended", () => this.setPlaying(false));
    video.addEventListener("seeked", () => {
      // A paused video may have shown its frame while it still called itself seeking.
      if (this.wanted === null) this.show(video.currentTime); else this.seekOn();
    });
    if ("requestVideoFrameCallback" in HTMLVideoElement.prototype) {
      const shown = (_, frame) => {
        if (this.video && this.wanted === null && !video.seeking) this.show(frame.mediaTime);
        video.requestVideoFrameCallback(shown);
      };
      video.requestVideoFrameCallback(shown);
    } else {
      const look = () => {
        if (this.playing && this.video) this.show(video.currentTime);
        requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    }
  }

  /** A browser that cannot decode the clip still gets curves and lines. */
  withoutVideo() {
    this.video = null;
    this.setPlaying(false);
    const note = byId("why-not");
    note.textContent = say("no_clip");
    note.hidden = false;
    this.tell();
  }

  onChange(listener) { this.listeners.push(listener); }

  tell() { for (const listener of this.listeners) listener(this.index, this.time); }

  get time() { return time[this.index] ?? 0; }

  show(t) {
    const index = frameAt(t);
    if (index === this.index) return;
    this.index = index;
    this.tell();
  }

  /** Goes to a time; the picture follows as fast as the browser can seek. */
  seek(t) {
    const index = frameAt(Math.min(lastTime, Math.max(0, t)));
    this.index = index;
    this.tell();
    if (!this.video) return;
    // A little into the frame: exactly on its edge a browser may show the one before.
    const next = index + 1 < time.length ? time[index + 1] : time[index] + frameGap;
    this.wanted = time[index] + (next - time[index]) * 0.3;
    if (!this.video.seeking) this.seekOn();
  }

  seekOn() {
    if (this.wanted === null || !this.video) return;
    const at = this.wanted;
    this.wanted = null;
    this.video.currentTime = at;
  }

  step(frames) {
    this.pause();
    const index = Math.min(time.length - 1, Math.max(0, this.index + frames));
    this.seek(time[index]);
  }

  toggle() { if (this.playing) this.pause(); else this.play(); }

  play() {
    if (this.index >= time.length - 1) this.seek(0);
    if (this.video) {
      this.video.playbackRate = this.rate;
      this.video.play().catch(() => this.setPlaying(false));
      return;
    }
    this.setPlaying(true);
    let before = performance.now();
    let now = this.time;
    const tick = (at) => {
      if (!this.playing) return;
      now += ((at - before) / 1000) * this.rate;
      before = at;
      if (now > lastTime) { this.pause(); return; }
      this.show(now);
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  pause() {
    if (this.video) this.video.pause();
    this.setPlaying(false);
  }

  setRate(rate) {
    this.rate = rate;
    if (this.video) this.video.playbackRate = rate;
  }

  setPlaying(playing) {
    if (playing === this.playing) return;
    this.playing = playing;
    this.tell();
  }
}
