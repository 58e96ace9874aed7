package ondol.oracle;

/** Where Ondol and PyTorch differ on purpose, and why. */
enum Difference {
    FLOAT_TO_INTEGER(
            "to(INT64) and copyFrom of NaN, infinities, and floats beyond the range of INT64",
            "what the processor's instruction gives: C++ leaves it open",
            "0 for NaN, else the nearest INT64",
            "a result must not depend on the device"),
    ZEROS(
            "maximum and minimum of +0 and -0",
            "gives the one or the other, by whether the element falls into a vectorised part",
            "maximum gives +0, minimum -0",
            "a result must not depend on where an element lies"),
    EXPONENTS(
            "pow with a constant exponent that FLOAT32 does not hold exactly",
            "rounds the exponent to FLOAT32 or not, by whether the element falls into a vectorised part",
            "rounds it to FLOAT32",
            "a result must not depend on where an element lies"),
    POWER_OF_BOOL(
            "the gradient of pow with a BOOL exponent",
            "the backward pass fails",
            "gives the gradient",
            "it is defined: 1 where the exponent is true, else 0"),
    GELU_OF_THE_LARGEST(
            "gelu of infinity, and its second derivative where the square of x overflows",
            "NaN",
            "infinity, and 0",
            "these are the limits, and gelu(infinity) is infinity in PyTorch too, in double precision"),
    ELU_OF_NAN(
            "the gradient of elu at NaN",
            "gives NaN or the output's gradient, by whether the element falls into a vectorised part",
            "NaN",
            "a result must not depend on where an element lies"),
    LINEAR_SHAPES(
            "linear with a weight that is not a matrix, or a bias that is not as long as the weight has rows",
            "takes a vector as the weight in some cases, and broadcasts the bias",
            "refuses both, and says what the shapes must be",
            "a layer's parameters have these shapes; others are mistakes"),
    TRANSPOSED_SIZES(
            "a transposed convolution whose output would have size 0, or without samples and with an output padding that is"
                    + " too large",
            "gives an empty tensor for some types and sizes, and refuses others",
            "refuses both",
            "one answer whatever the type and the number of samples"),
    OPTIMIZER_SETTINGS(
            "optimizers with an infinite setting, or a dampening below 0",
            "accepts them",
            "refuses them",
            "no training comes of them"),
    LOSS_OPERANDS(
            "mseLoss and l1Loss with operands of different shapes, or with an INT64 target",
            "warns of the shapes and broadcasts; converts an INT64 target, and fails in the backward pass of mseLoss",
            "refuses both, and says what to do",
            "a forgotten squeeze makes a loss of all pairs, which trains badly without any error"),
    CAT_OF_NOTHING(
            "cat with a tensor of shape [0] among tensors of more axes",
            "leaves it out",
            "refuses it, as any other tensor with another number of axes",
            "PyTorch keeps this for old programs, where it was the only empty tensor"),
    FLIP_IS_A_VIEW(
            "flip, and slices with a negative step",
            "flip copies, and a negative step is refused",
            "both are views with negative strides, so that a later view() may be refused where PyTorch's is " + "not",
            "a view costs nothing, and every backend reads any layout"),
    SCATTER_ADD_SOURCE(
            "the gradient of a scatterAdd source that is larger than the indices",
            "the backward pass fails",
            "zero where nothing was added",
            "it is the derivative"),
    TYPE_OF_NOTHING(
            "operations that are not defined for a type, on an empty tensor of that type",
            "often answers, because nothing is computed",
            "refuses, as for any other tensor of that type",
            "whether a call is right should not depend on sizes"),
    SIGN_OF_ZERO(
            "max, min, amax and amin of zeros of both signs",
            "either zero, depending on the shape and the processor",
            "max is 0, min is -0",
            "strict determinism"),
    STABLE_SORT(
            "the order of equal elements in sort, argsort and topk",
            "left open, except by stable=True, whose gradient has another name",
            "sort and argsort always keep the order, and topk takes the first",
            "strict determinism"),
    SQUARED_DEVIATIONS(
            "var and std of numbers beyond 1e18, or below 1e-18",
            "adds squares in double precision",
            "adds squares in single precision: infinity where their sum passes 3.4e38, 0 where all are below 1e-45",
            "kernels compute in FLOAT32, which GPUs are made for"),
    VAR_OVER_NO_AXES(
            "the gradient of var and std with an empty list of axes, which means all",
            "divides by 1 - correction instead of n - correction",
            "divides by n - correction",
            "it is the derivative"),
    LOG_SUM_EXP_OVER_NO_AXES(
            "logSumExp with an empty list of axes",
            "fails",
            "takes all axes",
            "an empty list means all axes in the other reductions"),
    PRODUCT_WITH_ZEROS(
            "the gradient of prod() with two zeros and a NaN or infinity",
            "zero without createGraph, NaN with it",
            "NaN",
            "createGraph must not change a gradient"),
    EMBEDDING_TWICE(
            "gradients of gradients of embeddingBag, and of embedding of no rows or with scaleGradByFreq",
            "fails, and leaves the scale out",
            "gives them",
            "they are defined"),
    SCALED_BAGS(
            "the gradient of embeddingBag with scaleGradByFreq",
            "divides, on a CPU, by how often some other row was looked up",
            "divides by how often the row was looked up",
            "that is what the setting says"),
    FILL_OF_EXPANDED(
            "the gradient through fill or zero of an expanded view",
            "the backward pass fails",
            "gives the gradient",
            "it is defined"),
    VIEW_WITHOUT_RECORDING(
            "a view made without recording, whose memory was then changed with recording",
            "refuses its use, or only its gradient function's",
            "the view goes on without a gradient",
            "that is what making it without recording says");

    final String what;
    final String torch;
    final String ondol;
    final String reason;

    Difference(String what, String torch, String ondol, String reason) {
        this.what = what;
        this.torch = torch;
        this.ondol = ondol;
        this.reason = reason;
    }
}
