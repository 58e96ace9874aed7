package ondol.oracle;

import java.util.List;
import ondol.Tensor;
import ondol.optim.Adam;
import ondol.optim.AdamW;
import ondol.optim.Optimizer;
import ondol.optim.SGD;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** One optimizer with its settings, for both engines. Adam's settings are not read by SGD, and the other way round. */
record UpdateRule(
        Kind kind,
        double lr,
        double weightDecay,
        double momentum,
        double dampening,
        boolean nesterov,
        double beta1,
        double beta2,
        double eps) {
    /** The optimizers there are. */
    enum Kind {
        SGD,
        ADAM,
        ADAMW
    }

    static UpdateRule sgd(double lr) {
        return new UpdateRule(Kind.SGD, lr, 0, 0, 0, false, 0.9, 0.999, 1e-8);
    }

    static UpdateRule adam(double lr) {
        return new UpdateRule(Kind.ADAM, lr, 0, 0, 0, false, 0.9, 0.999, 1e-8);
    }

    static UpdateRule adamw(double lr) {
        return new UpdateRule(Kind.ADAMW, lr, 0.01, 0, 0, false, 0.9, 0.999, 1e-8);
    }

    UpdateRule lr(double value) {
        return new UpdateRule(kind, value, weightDecay, momentum, dampening, nesterov, beta1, beta2, eps);
    }

    UpdateRule weightDecay(double value) {
        return new UpdateRule(kind, lr, value, momentum, dampening, nesterov, beta1, beta2, eps);
    }

    UpdateRule momentum(double value) {
        return new UpdateRule(kind, lr, weightDecay, value, dampening, nesterov, beta1, beta2, eps);
    }

    UpdateRule dampening(double value) {
        return new UpdateRule(kind, lr, weightDecay, momentum, value, nesterov, beta1, beta2, eps);
    }

    UpdateRule nesterov(boolean value) {
        return new UpdateRule(kind, lr, weightDecay, momentum, dampening, value, beta1, beta2, eps);
    }

    UpdateRule betas(double first, double second) {
        return new UpdateRule(kind, lr, weightDecay, momentum, dampening, nesterov, first, second, eps);
    }

    UpdateRule eps(double value) {
        return new UpdateRule(kind, lr, weightDecay, momentum, dampening, nesterov, beta1, beta2, value);
    }

    /** A variant, with a learning rate for networks of a few neurons. */
    static UpdateRule draw(Draw d, Kind kind) {
        UpdateRule rule = switch (kind) {
            case SGD -> sgd(Math.exp(d.uniform(Math.log(1e-3), Math.log(0.1))));
            case ADAM -> adam(Math.exp(d.uniform(Math.log(3e-4), Math.log(0.02))));
            case ADAMW -> adamw(Math.exp(d.uniform(Math.log(3e-4), Math.log(0.02))));
        };
        if (d.flag()) {
            rule = rule.weightDecay(d.pick(1e-4, 0.01, 0.1, 0.0, d.uniform(0, 0.2)));
        }
        if (kind == Kind.SGD) {
            if (d.chance(0.7)) {
                rule = rule.momentum(d.pick(0.9, 0.5, d.uniform(0, 0.95)));
                boolean nesterov = rule.momentum > 0 && d.chance(0.4);
                rule = nesterov ? rule.nesterov(true) : rule.dampening(d.pick(0.0, 0.1, 0.5, d.uniform(0, 1), 1.0));
            } else if (d.flag()) {
                rule = rule.dampening(0.3); // without momentum, nothing
            }
            return rule;
        }
        if (d.flag()) {
            rule = rule.betas(
                    d.pick(0.9, 0.5, 0.8, 0.4, 0.0, d.uniform(0, 0.95)), d.pick(0.99, 0.9, d.uniform(0.5, 0.9999)));
        }
        return d.flag() ? rule.eps(d.pick(1e-8, 1e-6, 1e-3, 0.1)) : rule;
    }

    // ---- Ondol

    Optimizer ondol(List<Tensor> parameters) {
        return switch (kind) {
            case SGD ->
                new SGD(parameters, lr)
                        .weightDecay(weightDecay)
                        .momentum(momentum)
                        .dampening(dampening)
                        .nesterov(nesterov);
            case ADAM ->
                new Adam(parameters, lr)
                        .weightDecay(weightDecay)
                        .betas(beta1, beta2)
                        .eps(eps);
            case ADAMW ->
                new AdamW(parameters, lr)
                        .weightDecay(weightDecay)
                        .betas(beta1, beta2)
                        .eps(eps);
        };
    }

    // ---- PyTorch

    /** An optimizer on PyTorch's tensors. */
    interface Torched {
        void step();

        void zeroGrad();

        void setLr(double lr);
    }

    /** PyTorch's own optimizer of its C++ interface. */
    Torched cpp(List<org.bytedeco.pytorch.Tensor> parameters) {
        org.bytedeco.pytorch.Optimizer made = own(Torch.vector(parameters));
        return new Torched() {
            @Override
            public void step() {
                made.step();
            }

            @Override
            public void zeroGrad() {
                made.zero_grad();
            }

            @Override
            public void setLr(double lr) {
                made.param_groups().get(0).options().set_lr(lr);
            }
        };
    }

    private org.bytedeco.pytorch.Optimizer own(TensorVector parameters) {
        return switch (kind) {
            case SGD -> {
                SGDOptions options = new SGDOptions(lr);
                options.weight_decay().put(weightDecay);
                options.momentum().put(momentum);
                options.dampening().put(dampening);
                options.nesterov().put(nesterov);
                yield new org.bytedeco.pytorch.SGD(parameters, options);
            }
            case ADAM -> {
                AdamOptions options = new AdamOptions(lr);
                options.weight_decay().put(weightDecay);
                options.betas().put(beta2, beta1); // a C++ tuple begins with its last element
                options.eps().put(eps);
                yield new org.bytedeco.pytorch.Adam(parameters, options);
            }
            case ADAMW -> {
                AdamWOptions options = new AdamWOptions(lr);
                options.weight_decay().put(weightDecay);
                options.betas().put(beta2, beta1);
                options.eps().put(eps);
                yield new org.bytedeco.pytorch.AdamW(parameters, options);
            }
        };
    }

    /** The same tensor operations as in PyTorch's Python optimizers, for one tensor at a time. */
    Torched python(List<org.bytedeco.pytorch.Tensor> parameters) {
        List<Python> each = parameters.stream().map(Python::new).toList();
        Torched owner = sgd(0).cpp(parameters);
        double[] rate = {lr};
        return new Torched() {
            @Override
            public void step() {
                each.stream()
                        .filter(p -> p.parameter.grad().defined())
                        .forEach(p -> p.step(lr(rate[0]), p.parameter.grad()));
            }

            @Override
            public void zeroGrad() {
                owner.zeroGrad();
            }

            @Override
            public void setLr(double lr) {
                rate[0] = lr;
            }
        };
    }

    /** What PyTorch's Python optimizers do with one parameter, and what they remember of it. */
    static final class Python {
        final org.bytedeco.pytorch.Tensor parameter;
        long steps;

        /** exp_avg, or the momentum buffer, which takes the first gradient as it is. */
        final org.bytedeco.pytorch.Tensor first;

        /** exp_avg_sq. */
        final org.bytedeco.pytorch.Tensor second;

        Python(org.bytedeco.pytorch.Tensor parameter) {
            this.parameter = parameter;
            first = torch.zeros_like(parameter);
            second = torch.zeros_like(parameter);
        }

        void step(UpdateRule rule, org.bytedeco.pytorch.Tensor gradient) {
            steps++;
            try (NoGradGuard guard = new NoGradGuard()) {
                if (rule.kind == Kind.SGD) {
                    sgd(rule, gradient);
                } else {
                    adam(rule, gradient);
                }
            }
        }

        private void sgd(UpdateRule rule, org.bytedeco.pytorch.Tensor g) {
            if (rule.weightDecay != 0) {
                g = g.add(parameter, new Scalar(rule.weightDecay));
            }
            if (rule.momentum != 0) {
                if (steps == 1) {
                    first.copy_(g);
                } else {
                    first.mul_(new Scalar(rule.momentum)).add_(g, new Scalar(1 - rule.dampening));
                }
                g = rule.nesterov ? g.add(first, new Scalar(rule.momentum)) : first;
            }
            parameter.add_(g, new Scalar(-rule.lr));
        }

        private void adam(UpdateRule rule, org.bytedeco.pytorch.Tensor g) {
            if (rule.weightDecay != 0 && rule.kind == Kind.ADAMW) {
                parameter.mul_(new Scalar(1 - rule.lr * rule.weightDecay));
            } else if (rule.weightDecay != 0) {
                g = g.add(parameter, new Scalar(rule.weightDecay));
            }
            first.lerp_(g, new Scalar(1 - rule.beta1));
            second.mul_(new Scalar(rule.beta2)).addcmul_(g, g, new Scalar(1 - rule.beta2));
            double correction1 = 1 - Math.pow(rule.beta1, steps);
            double correction2 = 1 - Math.pow(rule.beta2, steps);
            org.bytedeco.pytorch.Tensor denominator =
                    second.sqrt().div(new Scalar(Math.sqrt(correction2))).add_(new Scalar(rule.eps));
            parameter.addcdiv_(first, denominator, new Scalar(-(rule.lr / correction1)));
        }
    }

    @Override
    public String toString() {
        return kind == Kind.SGD
                ? "SGD(lr " + lr + ", weight decay " + weightDecay + ", momentum " + momentum + ", dampening "
                        + dampening + ", nesterov " + nesterov + ")"
                : kind + "(lr " + lr + ", weight decay " + weightDecay + ", betas " + beta1 + ", " + beta2 + ", eps "
                        + eps + ")";
    }
}
