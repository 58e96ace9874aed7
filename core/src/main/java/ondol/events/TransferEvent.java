package ondol.events;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** Elements that went to a device or came from it. */
@Name("ondol.Transfer")
@Label("Transfer")
@Category("Ondol")
@Description("Elements were copied to a device or from it; what comes from a device waits for the kernels before")
final class TransferEvent extends Event {
    private static final TransferEvent ANY = new TransferEvent();

    @Label("Bytes")
    @DataAmount
    long bytes;

    @Label("Direction")
    @Description("upload or download")
    String direction = "";

    @Label("Device")
    String device = "";

    /** Whether there is a recording of these events. */
    static boolean isRecorded() {
        return ANY.isEnabled();
    }
}
