package org.example.training;

import ondol.Tensor;
import ondol.nn.Module;
import ondol.optim.Optimizer;

/** A network and what it learns from. */
public interface Training {
    /** What is trained. */
    Module network();

    /** What trains it. */
    Optimizer optimizer();

    /** The loss of the next few examples. */
    Tensor loss();

    /** One step. Gives the loss before it. */
    default Tensor step() {
        Tensor loss = loss();
        loss.backward();
        optimizer().step();
        optimizer().zeroGrad();
        return loss;
    }

    /** So many steps, while the learning rate falls evenly to 0. Then the network is in evaluation mode. */
    default void train(int steps) {
        double rate = optimizer().lr();
        network().train();
        for (int i = 0; i < steps; i++) {
            optimizer().setLr(rate * (steps - i) / steps);
            step();
        }
        optimizer().setLr(rate);
        network().eval();
    }

    /** How wrong the network is: each training says by which measure. */
    double error();
}
