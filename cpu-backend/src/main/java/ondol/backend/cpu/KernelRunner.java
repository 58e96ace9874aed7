package ondol.backend.cpu;

import ondol.backend.Launch;

/** Runs one kernel, and keeps what it knows of it from one launch to the next. */
interface KernelRunner {
    void run(Launch launch);
}
