package com.example;

import static org.junit.jupiter.api.Assertions.assertTrue;

import ondol.DType;
import ondol.Generator;
import ondol.Tensor;
import ondol.data.TensorDataset;
import org.junit.jupiter.api.Test;

class FlowersTest {
    @Test
    void mostFlowersAreTold() {
        TensorDataset flowers = Flowers.flowers(50, new Generator(3));
        Tensor answers = Flowers.train().forward(flowers.inputs()).argmax(1);
        assertTrue(answers.eq(flowers.targets()).to(DType.FLOAT32).mean().item() > 0.9);
    }
}
