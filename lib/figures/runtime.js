// The few numeric routines that translated functions call. Each translated function carries a copy
// of the ones it needs, so a routine stands alone and calls others only by name.

/** The square. */
function square(x) {
  return x * x;
}

/** x to a fixed whole power, by repeated squaring. */
function integerPower(x, n) {
  let result = 1;
  for (let k = Math.abs(n); k > 0; k >>= 1) {
    if (k & 1) result *= x;
    x *= x;
  }
  return n < 0 ? 1 / result : result;
}

/** IEEE's pow: 1 to anything is 1, and so is −1 to an infinite power. */
function power(x, y) {
  return x === 1 || (x === -1 && (y === Infinity || y === -Infinity)) ? 1 : x ** y;
}

/** Two to the x. */
function exp2(x) {
  return 2 ** x;
}

/** 1 / √x. */
function inverseSqrt(x) {
  return 1 / Math.sqrt(x);
}

/** The logistic function 1 / (1 + e⁻ˣ). */
function logistic(x) {
  return 1 / (1 + Math.exp(-x));
}

/** log(eᵃ + eᵇ) without overflow. */
function logAddExp(a, b) {
  const top = Math.max(a, b);
  return Number.isFinite(top) ? top + Math.log1p(Math.exp(-Math.abs(a - b))) : a + b;
}

/** The nearest whole number, halves to even. */
function roundHalfEven(x) {
  const low = Math.floor(x);
  const rest = x - low;
  if (Number.isNaN(rest)) return x;
  const up = rest > 0.5 || (rest === 0.5 && low % 2 !== 0);
  const whole = up ? low + 1 : low;
  return whole === 0 && (x < 0 || Object.is(x, -0)) ? -0 : whole;
}

/** The nearest whole number, halves away from zero. */
function roundHalfAway(x) {
  const size = Math.abs(x);
  const low = Math.floor(size);
  if (Number.isNaN(size - low)) return x;
  const whole = size - low >= 0.5 ? low + 1 : low;
  return x < 0 || Object.is(x, -0) ? -whole : whole;
}

/** A float as an integer: towards zero, clamped; NaN is 0. */
function truncate(x, low, high) {
  return x !== x ? 0 : Math.min(Math.max(Math.trunc(x), low), high) + 0;
}

/** A float as a 64-bit integer: towards zero, clamped; NaN is 0. */
function bigTruncate(x, low, high) {
  if (x !== x) return 0n;
  if (x <= Number(low)) return low;
  return x >= Number(high) ? high : BigInt(Math.trunc(x));
}

/** The quotient of integers towards zero; −1 where the divisor is 0. */
function quotient(a, b) {
  return b === 0 ? -1 : Math.trunc(a / b);
}

/** The remainder of integers with the dividend's sign; the dividend where the divisor is 0. */
function remainder(a, b) {
  return b === 0 ? a : a % b;
}

/** The quotient of 64-bit integers towards zero; −1 where the divisor is 0. */
function bigQuotient(a, b) {
  return b === 0n ? -1n : a / b;
}

/** The remainder of 64-bit integers; the dividend where the divisor is 0. */
function bigRemainder(a, b) {
  return b === 0n ? a : a % b;
}

/** The larger of two 64-bit integers. */
function bigMax(a, b) {
  return a > b ? a : b;
}

/** The smaller of two 64-bit integers. */
function bigMin(a, b) {
  return a < b ? a : b;
}

/** The sign of a 64-bit integer. */
function bigSign(a) {
  return a > 0n ? 1n : a < 0n ? -1n : 0n;
}

/** The absolute value of a 64-bit integer. */
function bigAbs(a) {
  return a < 0n ? -a : a;
}

/** Which of two elements sorts first; NaN sorts last. */
function compare(a, b) {
  if (a < b) return -1;
  if (a > b) return 1;
  return (a !== a) - (b !== b);
}

// Eight bytes, read as a float or as an integer.
const bits64 = (() => {
  const bytes = new ArrayBuffer(8);
  return {
    float: new Float64Array(bytes),
    int: new BigInt64Array(bytes),
    uint: new BigUint64Array(bytes),
  };
})();

// Four bytes, read as a float or as an integer.
const bits32 = (() => {
  const bytes = new ArrayBuffer(4);
  return {
    float: new Float32Array(bytes),
    int: new Int32Array(bytes),
    uint: new Uint32Array(bytes),
  };
})();

/** The error function: a series of positive terms, or 1 minus the tail. */
function erf(x) {
  const size = Math.abs(x);
  if (!(size < 2)) return size !== size ? NaN : Math.sign(x) * (1 - erfc(size));
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** The complementary error function: a continued fraction in the tail, evaluated from its end. */
function erfc(x) {
  if (!(x >= 2)) return 1 - erf(x);
  if (x > 27.3) return 0;
  let tail = 0;
  for (let n = 80; n > 0; n--) tail = n / 2 / (x + tail);
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * (x + tail));
}

/** The inverse of erf, by Wichura's rational approximations of the normal quantile (AS 241). */
function erfInv(x) {
  const q = x / 2;
  const size = Math.abs(q);
  if (size <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * Math.SQRT1_2 * horner(r, quantile.a)) / horner(r, quantile.b);
  }
  if (!(size < 0.5)) return size === 0.5 ? Math.sign(x) * Infinity : NaN;
  const r = Math.sqrt(-Math.log(0.5 - size));
  const value =
    r <= 5
      ? horner(r - 1.6, quantile.c) / horner(r - 1.6, quantile.d)
      : horner(r - 5, quantile.e) / horner(r - 5, quantile.f);
  return Math.sign(x) * Math.SQRT1_2 * value;
}

/** A polynomial from its coefficients, lowest first. */
function horner(x, coefficients) {
  let sum = 0;
  for (let n = coefficients.length - 1; n >= 0; n--) sum = sum * x + coefficients[n];
  return sum;
}

// Coefficients of AS 241 (Wichura 1988): centre, middle, tail.
const quantile = {
  a: [3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
    45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727],
  b: [1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077,
    21213.794301586595867, 39307.89580009271061, 28729.085735721942674, 5226.495278852854561],
  c: [1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055,
    3.64784832476320460504, 1.27045825245236838258, 0.24178072517745061177,
    0.0227238449892691845833, 7.7454501427834140764e-4],
  d: [1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455,
    0.14810397642748007459, 0.0151986665636164571966, 5.475938084995344946e-4,
    1.05075007164441684324e-9],
  e: [6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358,
    0.29656057182850489123, 0.026532189526576123093, 0.0012426609473880784386,
    2.71155556874348757815e-5, 2.01033439929228813265e-7],
  f: [1, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525,
    7.868691311456132591e-4, 1.8463183175100546818e-5, 1.4215117583164458887e-7,
    2.04426310338993978564e-15],
};

// Where threefry leaves its two words.
const words = new Uint32Array(2);

/** Threefry-2x32 with 20 rounds (Salmon et al. 2011), the generator behind jax.random. */
function threefry(key0, key1, count0, count1) {
  const key2 = key0 ^ key1 ^ 0x1bd11bda;
  let x = (count0 + key0) | 0;
  let y = (count1 + key1) | 0;
  x = (x + y) | 0; y = ((y << 13) | (y >>> 19)) ^ x;
  x = (x + y) | 0; y = ((y << 15) | (y >>> 17)) ^ x;
  x = (x + y) | 0; y = ((y << 26) | (y >>> 6)) ^ x;
  x = (x + y) | 0; y = ((y << 6) | (y >>> 26)) ^ x;
  x = (x + key1) | 0; y = (y + key2 + 1) | 0;
  x = (x + y) | 0; y = ((y << 17) | (y >>> 15)) ^ x;
  x = (x + y) | 0; y = ((y << 29) | (y >>> 3)) ^ x;
  x = (x + y) | 0; y = ((y << 16) | (y >>> 16)) ^ x;
  x = (x + y) | 0; y = ((y << 24) | (y >>> 8)) ^ x;
  x = (x + key2) | 0; y = (y + key0 + 2) | 0;
  x = (x + y) | 0; y = ((y << 13) | (y >>> 19)) ^ x;
  x = (x + y) | 0; y = ((y << 15) | (y >>> 17)) ^ x;
  x = (x + y) | 0; y = ((y << 26) | (y >>> 6)) ^ x;
  x = (x + y) | 0; y = ((y << 6) | (y >>> 26)) ^ x;
  x = (x + key0) | 0; y = (y + key1 + 3) | 0;
  x = (x + y) | 0; y = ((y << 17) | (y >>> 15)) ^ x;
  x = (x + y) | 0; y = ((y << 29) | (y >>> 3)) ^ x;
  x = (x + y) | 0; y = ((y << 16) | (y >>> 16)) ^ x;
  x = (x + y) | 0; y = ((y << 24) | (y >>> 8)) ^ x;
  x = (x + key1) | 0; y = (y + key2 + 4) | 0;
  x = (x + y) | 0; y = ((y << 13) | (y >>> 19)) ^ x;
  x = (x + y) | 0; y = ((y << 15) | (y >>> 17)) ^ x;
  x = (x + y) | 0; y = ((y << 26) | (y >>> 6)) ^ x;
  x = (x + y) | 0; y = ((y << 6) | (y >>> 26)) ^ x;
  words[0] = x + key2;
  words[1] = y + key0 + 5;
}

/** The lower Cholesky factor of a symmetric matrix, in place; NaN where it is not positive. */
function cholesky(a, n) {
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = a[i * n + j];
      for (let k = 0; k < j; k++) sum -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = i === j ? Math.sqrt(sum) : sum / a[j * n + j];
    }
    for (let i = 0; i < j; i++) a[i * n + j] = 0;
  }
  if (a.some(Number.isNaN)) a.fill(NaN);
}

/** LU factors of a matrix with partial pivoting, in place. */
function lu(a, pivots, rows, columns) {
  for (let j = 0; j < pivots.length; j++) {
    let pivot = j;
    for (let i = j + 1; i < rows; i++) {
      if (Math.abs(a[i * columns + j]) > Math.abs(a[pivot * columns + j])) pivot = i;
    }
    pivots[j] = pivot;
    for (let k = 0; k < columns; k++) {
      const kept = a[j * columns + k];
      a[j * columns + k] = a[pivot * columns + k];
      a[pivot * columns + k] = kept;
    }
    if (a[j * columns + j] === 0) continue;
    for (let i = j + 1; i < rows; i++) {
      const factor = a[i * columns + j] / a[j * columns + j];
      a[i * columns + j] = factor;
      for (let k = j + 1; k < columns; k++) a[i * columns + k] -= factor * a[j * columns + k];
    }
  }
}

/** The permutation of rows that a list of pivots describes. */
function permutation(pivots, rows) {
  for (let i = 0; i < rows.length; i++) rows[i] = i;
  for (let j = 0; j < pivots.length; j++) {
    const kept = rows[j];
    rows[j] = rows[pivots[j]];
    rows[pivots[j]] = kept;
  }
}

/** Solve a triangular system in place: a x = b, or x a = b where `left` is false. */
function triangularSolve(a, b, rows, columns, left, lower, transposed, unit) {
  const n = left ? rows : columns;
  const systems = left ? columns : rows;
  const along = left ? columns : 1;
  const across = left ? 1 : columns;
  // x a = b is aᵀ xᵀ = bᵀ, so the matrix counts as transposed once more.
  const flipped = left ? transposed : !transposed;
  const forwards = lower !== flipped;
  for (let s = 0; s < systems; s++) {
    for (let step = 0; step < n; step++) {
      const i = forwards ? step : n - 1 - step;
      let sum = b[i * along + s * across];
      for (let done = 0; done < step; done++) {
        const k = forwards ? done : n - 1 - done;
        sum -= a[flipped ? k * n + i : i * n + k] * b[k * along + s * across];
      }
      b[i * along + s * across] = unit ? sum : sum / a[i * n + i];
    }
  }
}
