package ondol.oracle;

import java.util.List;
import ondol.Tensor;

/**
 * One call, in both engines.
 *
 * @param call the call as it is shown when it fails
 * @param operands what it is called with
 * @param ondol the call in Ondol, on tensors made of the operands
 * @param torch the same call in PyTorch
 * @param forward how far results may be apart
 * @param gradient how far gradients may be apart
 * @param second how far gradients of gradients may be apart
 * @param orders how many times it is differentiated: 0, 1 or 2
 * @param broadcasts whether the operands are broadcast against each other
 */
record Trial(
        String call,
        List<Draw.Operand> operands,
        Body<Tensor> ondol,
        Body<org.bytedeco.pytorch.Tensor> torch,
        Bound forward,
        Bound gradient,
        Bound second,
        int orders,
        boolean broadcasts) {
    /** What is done with the operands. */
    interface Body<T> {
        List<T> apply(List<T> operands);
    }

    /** As {@link Body}, with one result. */
    interface One<T> {
        T apply(List<T> operands);
    }

    static Trial one(
            String call, List<Draw.Operand> operands, One<Tensor> ondol, One<org.bytedeco.pytorch.Tensor> torch) {
        return many(call, operands, in -> List.of(ondol.apply(in)), in -> List.of(torch.apply(in)));
    }

    static Trial many(
            String call, List<Draw.Operand> operands, Body<Tensor> ondol, Body<org.bytedeco.pytorch.Tensor> torch) {
        return new Trial(
                call,
                operands,
                ondol,
                torch,
                Bound.EXACT,
                Bound.ulps(4),
                Bound.ulps(16).plusNorm(16),
                2,
                false);
    }

    Trial forward(Bound bound) {
        return new Trial(call, operands, ondol, torch, bound, gradient, second, orders, broadcasts);
    }

    Trial gradient(Bound bound) {
        return new Trial(call, operands, ondol, torch, forward, bound, second, orders, broadcasts);
    }

    Trial second(Bound bound) {
        return new Trial(call, operands, ondol, torch, forward, gradient, bound, orders, broadcasts);
    }

    /** All three. */
    Trial within(Bound results, Bound gradients, Bound seconds) {
        return forward(results).gradient(gradients).second(seconds);
    }

    Trial orders(int n) {
        return new Trial(call, operands, ondol, torch, forward, gradient, second, n, broadcasts);
    }

    /** With operands that are broadcast against each other. */
    Trial broadcast() {
        return new Trial(call, operands, ondol, torch, forward, gradient, second, orders, true);
    }

    @Override
    public String toString() {
        StringBuilder s = new StringBuilder(call);
        for (int i = 0; i < operands.size(); i++) {
            s.append("\n    operand ").append(i).append(": ").append(operands.get(i));
        }
        return s.toString();
    }
}
