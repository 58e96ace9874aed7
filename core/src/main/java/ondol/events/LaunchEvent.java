package ondol.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A kernel that was handed to a backend. There may be a million in a second, so they are recorded only when asked for. */
@Name("ondol.Launch")
@Label("Kernel Launch")
@Category("Ondol")
@Description("A kernel was handed to a device; on a GPU it may still be running when the event ends")
@Enabled(false)
@StackTrace(false)
final class LaunchEvent extends Event {
    private static final LaunchEvent ANY = new LaunchEvent();

    @Label("Kernel")
    @Description("Map, Reduce, MatMul, Gather, ScatterAdd, Sort or Scan")
    String kernel = "";

    @Label("Elements")
    @Description("How many elements are iterated over")
    long elements;

    @Label("Device")
    String device = "";

    /** Whether there is a recording of these events. */
    static boolean isRecorded() {
        return ANY.isEnabled();
    }
}
