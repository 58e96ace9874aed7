package ondol;

import java.util.Arrays;

/** Records operations, for a later {@link BackwardPass}. */
final class Tape {
    private Tape() {}

    /** Whether an operation on these inputs is to be recorded. */
    static boolean records(Tensor... inputs) {
        for (Tensor t : inputs) {
            if (t.autogradMeta() != null) {
                return Context.current().recording;
            }
        }
        return false;
    }

    /** Records how {@code output} came to be, if an input needs a gradient. Returns the output. */
    static Tensor record(String name, Tensor output, Tensor[] inputs, Node.Rule rule, Tensor... saved) {
        output.standingAlone();
        if (records(inputs)) {
            // An output among the saved tensors learns its own node through the AutogradMeta that they share.
            AutogradMeta gradient = output.derivedLater();
            gradient.node = new Node(name, rule, inputs, saved);
        }
        return output;
    }

    /** Records as {@link #record}, for an operation that gives several tensors at once. */
    static void record(String name, Tensor[] outputs, Tensor[] inputs, Node.Rule rule, Tensor... saved) {
        for (Tensor output : outputs) {
            output.standingAlone();
        }
        if (outputs.length == 0 || !records(inputs)) {
            return;
        }
        AutogradMeta[] gradients = new AutogradMeta[outputs.length];
        for (int i = 0; i < gradients.length; i++) {
            gradients[i] = outputs[i].derivedLater();
        }
        Node node = new Node(name, rule, inputs, saved);
        for (int i = 0; i < gradients.length; i++) {
            gradients[i].node = node;
            gradients[i].output = i;
        }
    }

    /** Records as {@link #record}, with the output itself saved after the other tensors. */
    static Tensor recordWithOutput(String name, Tensor output, Tensor[] inputs, Node.Rule rule, Tensor... saved) {
        if (records(inputs)) {
            Tensor[] all = Arrays.copyOf(saved, saved.length + 1);
            all[saved.length] = output;
            record(name, output, inputs, rule, all);
        }
        return output;
    }
}
