package ondol.train;

import java.util.AbstractList;
import java.util.List;
import ondol.Tensor;

/** The inputs of a network's function: a list that explains the error when it is asked for more. */
final class Inputs extends AbstractList<Tensor> {
    private final String operation;
    private final List<Tensor> inputs;

    Inputs(String operation, List<Tensor> inputs) {
        this.operation = operation;
        this.inputs = inputs;
    }

    @Override
    public Tensor get(int index) {
        if (index < 0 || index >= inputs.size()) {
            throw new IllegalArgumentException("Trainer." + operation + ": the network asks for input " + index
                    + ", counted from 0, and the number of inputs is " + inputs.size() + "; give all that it takes, "
                    + (operation.equals("predict") ? "as predict(a, b), or " : "")
                    + "as a TensorDataset of List.of(a, b)");
        }
        return inputs.get(index);
    }

    @Override
    public int size() {
        return inputs.size();
    }
}
