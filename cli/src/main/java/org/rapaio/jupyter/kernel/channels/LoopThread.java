package org.rapaio.jupyter.kernel.channels;

/**
 * Stands in the kernel's place of the class of this name, since it comes first on the class path. In rapaio-jupyter-kernel 3.0.1 a
 * channel's thread is told that it runs only after it has been started. If it looks before that, it ends at once, and the notebook
 * waits for a channel that nobody serves. Here a thread runs until it is told to end.
 */
public final class LoopThread extends Thread {
    private final long pause;
    private final Runnable step;
    private volatile boolean ended;

    /**
     * A thread.
     *
     * @param name the thread's
     * @param pause in milliseconds, after each step
     * @param step is done again and again
     */
    public LoopThread(String name, long pause, Runnable step) {
        super(name);
        this.pause = pause;
        this.step = step;
    }

    @Override
    public void run() {
        try {
            while (!ended) {
                step.run();
                sleep(pause);
            }
        } catch (InterruptedException e) {
            ended = true;
        }
    }

    /** Lets it end after the step that it is at. */
    public void shutdown() {
        ended = true;
    }
}
