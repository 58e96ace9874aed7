package ondol.nn;

import java.math.BigDecimal;
import java.util.Arrays;

/** Numbers as Python prints them, because modules are printed as PyTorch prints them. */
final class Repr {
    private Repr() {}

    /** {@code repr(float)}: the fewest digits that give the same double, {@code 0.01}, {@code 1e-05}, {@code 1e+16}. */
    static String of(double value) {
        if (value == 0 || !Double.isFinite(value)) {
            return Double.toString(value).replace("Infinity", "inf").replace("NaN", "nan");
        }
        BigDecimal shortest = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        int exponent = shortest.precision() - shortest.scale() - 1;
        if (exponent >= -4 && exponent < 16) {
            String plain = shortest.toPlainString();
            return plain.indexOf('.') < 0 ? plain + ".0" : plain;
        }
        String digits = shortest.unscaledValue().abs().toString();
        String fraction = digits.length() == 1 ? "" : "." + digits.substring(1);
        String sign = value < 0 ? "-" : "";
        int size = Math.abs(exponent);
        return sign + digits.charAt(0) + fraction + (exponent < 0 ? "e-" : "e+") + (size < 10 ? "0" : "") + size;
    }

    /** {@code repr(bool)}. */
    static String of(boolean value) {
        return value ? "True" : "False";
    }

    /** {@code repr(tuple)}: {@code (2, 3)}, {@code (2,)}. */
    static String of(long[] values) {
        String inside = Arrays.toString(values);
        return "(" + inside.substring(1, inside.length() - 1) + (values.length == 1 ? ",)" : ")");
    }
}
