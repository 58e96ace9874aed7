package ondol.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A step of an optimizer. */
@Name("ondol.Step")
@Label("Optimizer Step")
@Category("Ondol")
@Description("An optimizer changed its parameters")
@StackTrace(false)
final class StepEvent extends Event {
    private static final StepEvent ANY = new StepEvent();

    @Label("Optimizer")
    String optimizer = "";

    @Label("Parameters")
    @Description("How many tensors the optimizer has")
    int parameters;

    /** Whether there is a recording of these events. */
    static boolean isRecorded() {
        return ANY.isEnabled();
    }
}
