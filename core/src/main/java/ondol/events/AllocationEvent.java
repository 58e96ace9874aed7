package ondol.events;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** Memory that a device gave because the pool had none of the size. */
@Name("ondol.Allocation")
@Label("Device Allocation")
@Category("Ondol")
@Description("A device gave memory, because the pool had none of that size")
final class AllocationEvent extends Event {
    private static final AllocationEvent ANY = new AllocationEvent();

    @Label("Bytes")
    @DataAmount
    long bytes;

    @Label("Device")
    String device = "";

    /** Whether there is a recording of these events. */
    static boolean isRecorded() {
        return ANY.isEnabled();
    }
}
