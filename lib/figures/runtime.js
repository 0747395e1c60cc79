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
  return Number.isNaN(x) ? 0 : Math.min(Math.max(Math.trunc(x), low), high) + 0;
}

/** A float as a 64-bit integer: towards zero, clamped; NaN is 0. */
function bigTruncate(x, low, high) {
  if (Number.isNaN(x)) return 0n;
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

/** How many bits of a 32-bit integer are set. */
function bitCount(x) {
  let count = 0;
  for (; x; x &= x - 1) count++;
  return count;
}

/** How many bits of a 64-bit integer are set. */
function bigBitCount(x) {
  return BigInt(bitCount(Number(x >> 32n)) + bitCount(Number(x & 0xffffffffn)));
}

/** How many zeros lead in a positive 64-bit integer. */
function bigLeadingZeros(x) {
  return BigInt(x ? 64 - x.toString(2).length : 64);
}

/** The neighbour of x towards y, of the width of `bits`. */
function nextAfter(x, y, bits) {
  if (Number.isNaN(x) || Number.isNaN(y)) return NaN;
  if (x === y) return y;
  bits.float[0] = Math.abs(x);
  if (x === 0) {
    bits.uint[0]++;
    return Math.sign(y) * bits.float[0];
  }
  if (x > 0 === y > x) bits.uint[0]++;
  else bits.uint[0]--;
  return Math.sign(x) * bits.float[0];
}

/** x rounded by `less` of its `most` mantissa bits, and to an exponent of `e` bits of `whole`. */
function reducePrecision(x, bits, most, less, whole, e) {
  bits.float[0] = x;
  if (!Number.isFinite(x)) return x;
  const unit = 1n << BigInt(less);
  let size = BigInt(bits.uint[0]) & ((1n << BigInt(most + whole)) - 1n);
  if (less) size = (size + unit / 2n - 1n + ((size / unit) & 1n)) & -unit;
  const shift = Number(size >> BigInt(most)) - 2 ** (whole - 1) + 1;
  const top = 2 ** (e - 1) - 1;
  if (e < whole && shift > top) size = ((1n << BigInt(whole)) - 1n) << BigInt(most);
  if (e < whole && shift <= -top) size = 0n;
  bits.uint[0] = most > 23 ? size : Number(size);
  return x < 0 || Object.is(x, -0) ? -bits.float[0] : bits.float[0];
}

/** Which of two elements sorts first; NaN sorts last. */
function compare(a, b) {
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

/** Which of two elements comes first where −0 is below 0. */
function compareTotal(a, b) {
  return compare(a, b) || Number(Object.is(b, -0)) - Number(Object.is(a, -0));
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
  if (!(size < 2)) return Number.isNaN(size) ? NaN : Math.sign(x) * (1 - erfc(size));
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

/** A polynomial from its eight coefficients, lowest first. */
function horner(x, c) {
  return (
    ((((((c[7] * x + c[6]) * x + c[5]) * x + c[4]) * x + c[3]) * x + c[2]) * x + c[1]) * x + c[0]
  );
}

// Coefficients of AS 241 (Wichura 1988): centre, middle, tail.
const quantile = {
  a: [
    3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
    45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
  ],
  b: [
    1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867,
    39307.89580009271061, 28729.085735721942674, 5226.495278852854561,
  ],
  c: [
    1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
    1.27045825245236838258, 0.24178072517745061177, 0.0227238449892691845833,
    7.7454501427834140764e-4,
  ],
  d: [
    1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455,
    0.14810397642748007459, 0.0151986665636164571966, 5.475938084995344946e-4,
    1.05075007164441684324e-9,
  ],
  e: [
    6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 0.29656057182850489123,
    0.026532189526576123093, 0.0012426609473880784386, 2.71155556874348757815e-5,
    2.01033439929228813265e-7,
  ],
  f: [
    1, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525,
    7.868691311456132591e-4, 1.8463183175100546818e-5, 1.4215117583164458887e-7,
    2.04426310338993978564e-15,
  ],
};

/** log |Γ(x)|, by Lanczos' approximation and reflection, as in JAX. */
function lgamma(x) {
  if (Math.abs(x) === Infinity) return Infinity;
  if (x < 0.5) {
    const rest = Math.abs(x) % 1;
    const sine = Math.sin(Math.PI * Math.min(rest, 1 - rest));
    return sine === 0 ? Infinity : Math.log(Math.PI) - Math.log(sine) - lgamma(1 - x);
  }
  const z = x - 1;
  let sum = lanczos.first;
  lanczos.rest.forEach((c, n) => {
    sum += c / (z + n + 1);
  });
  const logT = Math.log(7.5) + Math.log1p(z / 7.5);
  return Math.log(2 * Math.PI) / 2 + (z + 0.5 - (z + 7.5) / logT) * logT + Math.log(sum);
}

/** The derivative of log Γ, likewise; `atZero` at 0, and NaN at the other poles. */
function digamma(x, atZero) {
  if (x < 0.5) {
    if (x === 0) return atZero;
    if (x <= 0 && x === Math.floor(x)) return NaN;
    const rest = x + Math.abs(Math.floor(x + 0.5));
    return digamma(1 - x, atZero) - Math.PI / Math.tan(Math.PI * rest);
  }
  const z = x - 1;
  let sum = lanczos.first;
  let slope = 0;
  lanczos.rest.forEach((c, n) => {
    sum += c / (z + n + 1);
    slope -= c / (z + n + 1) ** 2;
  });
  return Math.log(7.5) + Math.log1p(z / 7.5) + slope / sum - 7 / (z + 7.5);
}

// Lanczos' coefficients for g = 7 and nine terms (Godfrey).
const lanczos = {
  first: 0.99999999999980993227684700473478,
  rest: [
    676.520368121885098567009190444019, -1259.13921672240287047156078755283,
    771.3234287776530788486528258894, -176.61502916214059906584551354,
    12.507343278686904814458936853, -0.13857109526572011689554707, 9.984369578019570859563e-6,
    1.50563273514931155834e-7,
  ],
};

/** Hurwitz' zeta function Σ (q + n)⁻ˣ, by Euler and Maclaurin's formula after ten terms. */
function zeta(x, q) {
  if (x === 1) return Infinity;
  if (q <= 0 && q === Math.floor(q)) return x % 2 === 0 ? Infinity : NaN;
  if (!(x > 1) || (q < 0 && x !== Math.floor(x))) return NaN;
  let sum = 0;
  for (let n = 0; n < 10; n++) sum += (q + n) ** -x;
  const a = q + 10;
  const last = a ** -x;
  sum += (last * a) / (x - 1) + last / 2;
  // The corrections, over (2k)! / B₂ₖ.
  let factor = (x * last) / a;
  [
    12, -720, 30240, -1209600, 47900160, -1892437580.3183792, 74724249600, -2950130727918.1642,
    116467828143500.67, -4597978722407472.6, 181521054019435468, -7166165256175667011,
  ].forEach((b, k) => {
    sum += factor / b;
    factor *= ((x + 2 * k + 1) * (x + 2 * k + 2)) / (a * a);
  });
  return sum;
}

/** The derivatives of digamma, by Hurwitz' zeta function. */
function polygamma(n, x, atZero) {
  if (n === 0) return digamma(x, atZero);
  if (!(n > 0) || n !== Math.floor(n)) return NaN;
  return (n % 2 ? 1 : -1) * Math.exp(lgamma(n + 1)) * zeta(n + 1, x);
}

/** e⁻ˣ Iₙ(x) for x ≥ 0: the power series, or the asymptotic one. */
function besselIe(n, x) {
  if (x === Infinity) return 0;
  const near = x < 30;
  let term = near ? (n ? x / 2 : 1) * Math.exp(-x) : 1 / Math.sqrt(2 * Math.PI * x);
  let sum = term;
  for (let k = 1; Math.abs(term) > 1e-17 * sum; k++) {
    term *= near ? (x * x) / (4 * k * (k + n)) : ((2 * k - 1) ** 2 - 4 * n) / (8 * k * x);
    sum += term;
  }
  return Number.isNaN(x) ? NaN : sum;
}

/** The scaled Bessel function e^−|x| I₀(x). */
function besselI0e(x) {
  return besselIe(0, Math.abs(x));
}

/** The scaled Bessel function e^−|x| I₁(x). */
function besselI1e(x) {
  return Math.sign(x) * besselIe(1, Math.abs(x));
}

/**
 * Threefry-2x32 with 20 rounds (Salmon et al. 2011), the generator behind jax.random, of counts
 * that follow one another. Each gives two words; the second comes first, as in 64-bit integers.
 */
function threefry(words, start, blocks, key0, key1, count0, count1) {
  key0 |= 0;
  key1 |= 0;
  const key2 = key0 ^ key1 ^ 0x1bd11bda;
  for (let k = 0; k < blocks; k++) {
    let x = (count0 + key0) | 0;
    let y = (count1 + k + key1) | 0;
    x = (x + y) | 0;
    y = ((y << 13) | (y >>> 19)) ^ x;
    x = (x + y) | 0;
    y = ((y << 15) | (y >>> 17)) ^ x;
    x = (x + y) | 0;
    y = ((y << 26) | (y >>> 6)) ^ x;
    x = (x + y) | 0;
    y = ((y << 6) | (y >>> 26)) ^ x;
    x = (x + key1) | 0;
    y = (y + key2 + 1) | 0;
    x = (x + y) | 0;
    y = ((y << 17) | (y >>> 15)) ^ x;
    x = (x + y) | 0;
    y = ((y << 29) | (y >>> 3)) ^ x;
    x = (x + y) | 0;
    y = ((y << 16) | (y >>> 16)) ^ x;
    x = (x + y) | 0;
    y = ((y << 24) | (y >>> 8)) ^ x;
    x = (x + key2) | 0;
    y = (y + key0 + 2) | 0;
    x = (x + y) | 0;
    y = ((y << 13) | (y >>> 19)) ^ x;
    x = (x + y) | 0;
    y = ((y << 15) | (y >>> 17)) ^ x;
    x = (x + y) | 0;
    y = ((y << 26) | (y >>> 6)) ^ x;
    x = (x + y) | 0;
    y = ((y << 6) | (y >>> 26)) ^ x;
    x = (x + key0) | 0;
    y = (y + key1 + 3) | 0;
    x = (x + y) | 0;
    y = ((y << 17) | (y >>> 15)) ^ x;
    x = (x + y) | 0;
    y = ((y << 29) | (y >>> 3)) ^ x;
    x = (x + y) | 0;
    y = ((y << 16) | (y >>> 16)) ^ x;
    x = (x + y) | 0;
    y = ((y << 24) | (y >>> 8)) ^ x;
    x = (x + key1) | 0;
    y = (y + key2 + 4) | 0;
    x = (x + y) | 0;
    y = ((y << 13) | (y >>> 19)) ^ x;
    x = (x + y) | 0;
    y = ((y << 15) | (y >>> 17)) ^ x;
    x = (x + y) | 0;
    y = ((y << 26) | (y >>> 6)) ^ x;
    x = (x + y) | 0;
    y = ((y << 6) | (y >>> 26)) ^ x;
    words[start + 2 * k] = y + key0 + 5;
    words[start + 2 * k + 1] = x + key2;
  }
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

/** Solve a tridiagonal system in place, by elimination with exchanges of neighbouring rows. */
function tridiagonalSolve(low, main, up, b, n, columns) {
  const rows = Array.from(main, (x, i) => [x, i < n - 1 ? up[i] : 0, 0]);
  for (let i = 0; i < n - 1; i++) {
    let next = [low[i + 1], rows[i + 1][0], rows[i + 1][1]];
    if (Math.abs(next[0]) > Math.abs(rows[i][0])) {
      [rows[i], next] = [next, rows[i]];
      for (let k = i * columns; k < (i + 1) * columns; k++) {
        [b[k], b[k + columns]] = [b[k + columns], b[k]];
      }
    }
    const factor = next[0] === 0 ? 0 : next[0] / rows[i][0];
    rows[i + 1] = [next[1] - factor * rows[i][1], next[2] - factor * rows[i][2], 0];
    for (let k = i * columns; k < (i + 1) * columns; k++) b[k + columns] -= factor * b[k];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i * columns; k < (i + 1) * columns; k++) {
      const above = i + 1 < n ? rows[i][1] * b[k + columns] : 0;
      b[k] = (b[k] - above - (i + 2 < n ? rows[i][2] * b[k + 2 * columns] : 0)) / rows[i][0];
    }
  }
  if (rows.some((row) => row[0] === 0)) b.fill(NaN);
}

/** The reflection that turns a vector into its first element only: its factor; v in its place. */
function reflector(a, at, step, length) {
  let norm = 0;
  for (let i = 1; i < length; i++) norm = Math.hypot(norm, a[at + i * step]);
  if (norm === 0) return 0;
  const alpha = a[at];
  const size = Math.hypot(alpha, norm);
  const beta = alpha < 0 || Object.is(alpha, -0) ? size : -size;
  for (let i = 1; i < length; i++) a[at + i * step] /= alpha - beta;
  a[at] = beta;
  return (beta - alpha) / beta;
}

/** Reflect `count` columns of c by the reflection whose v (its first element is 1) lies in a. */
function reflect(a, at, tau, c, start, step, length, count) {
  for (let s = start; s < start + count; s++) {
    let sum = c[s];
    for (let i = 1; i < length; i++) sum += a[at + i * step] * c[s + i * step];
    c[s] -= tau * sum;
    for (let i = 1; i < length; i++) c[s + i * step] -= tau * sum * a[at + i * step];
  }
}

/** Householder's triangular form of a matrix in place: R, and below it the reflections. */
function triangularize(a, taus, rows, columns) {
  for (let k = 0; k < taus.length; k++) {
    const at = k * (columns + 1);
    taus[k] = reflector(a, at, columns, rows - k);
    reflect(a, at, taus[k], a, at + 1, columns, rows - k, columns - k - 1);
  }
}

/** The product of the reflections below a matrix's diagonal, in place. */
function reflectorProduct(a, taus, rows, columns) {
  const v = a.slice();
  a.fill(0);
  for (let k = 0; k < columns; k++) a[k * (columns + 1)] = 1;
  for (let k = taus.length - 1; k >= 0; k--) {
    const at = k * (columns + 1);
    reflect(v, at, taus[k], a, at, columns, rows - k, columns - k);
  }
}

/** The size of the largest element; NaN where one is NaN. */
function largestSize(a) {
  return a.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

/** Turn two vectors in their plane: x to c x − s y, and y to s x + c y. */
function rotate(z, x, y, step, count, turn) {
  const [c, s] = turn;
  for (let k = 0; k < count; k++, x += step, y += step) {
    const kept = z[x];
    z[x] = c * kept - s * z[y];
    z[y] = s * kept + c * z[y];
  }
}

/**
 * The rotation [c, s] that makes [[x, r], [r, y]] diagonal, the element of larger size first.
 *
 * Its tangent t solves t² + 2 τ t = 1. The smaller root keeps the order of x and y, and the other
 * one, a right angle further, exchanges them: graded matrices then take fewer sweeps.
 */
function jacobi(x, r, y) {
  const tau = (y - x) / (2 * r);
  const t = (tau < 0 ? -1 : 1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
  const c = 1 / Math.sqrt(1 + t * t);
  return Math.abs(x) < Math.abs(y) ? [c * t, -c] : [c, c * t];
}

/** Go through all pairs k < l of n until `turn`, which says whether it did, turns none of them. */
function sweep(n, turn) {
  let turned = true;
  // About ten sweeps do; the bound is for rounding that would go round in circles.
  for (let left = 30; turned && left > 0; left--) {
    turned = false;
    for (let k = 0; k < n; k++) {
      for (let l = k + 1; l < n; l++) turned = turn(k, l) || turned;
    }
  }
}

/** The places of a list's elements, that of the smallest first. */
function ascending(values) {
  return Array.from(values.keys()).sort((i, j) => values[i] - values[j]);
}

/** The sign of the element of largest size, the first of them. */
function mainSign(z, start, count) {
  let main = 0;
  for (let k = start; k < start + count; k++) if (Math.abs(z[k]) > Math.abs(main)) main = z[k];
  return main < 0 ? -1 : 1;
}

/**
 * Eigenvalues d, ascending, and (in place) eigenvectors of a symmetric matrix's lower triangle.
 *
 * Jacobi's rotations of pairs of rows and columns. Each eigenvector's element of largest size is
 * positive.
 */
function eigh(a, d, n) {
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) a[j * n + i] = a[i * n + j];
  const size = largestSize(a);
  if (!Number.isFinite(size)) {
    d.fill(NaN);
    a.fill(NaN);
    return;
  }
  // Each row of the matrix, and after it one of the rotations' product.
  const w = new Float64Array(2 * n * n);
  for (let k = 0; k < n; k++) {
    w.set(a.subarray(k * n, (k + 1) * n), 2 * k * n);
    w[2 * k * n + n + k] = 1;
  }
  sweep(n, (k, l) => {
    const [row, below] = [2 * k * n, 2 * l * n];
    const [x, r, y] = [w[row + k], w[row + l], w[below + l]];
    if (Math.abs(r) <= 2 ** -53 * size) return false;
    const turn = jacobi(x, r, y);
    rotate(w, row, below, 1, 2 * n, turn);
    rotate(w, k, l, 2 * n, n, turn);
    w[row + l] = w[below + k] = 0;
    return true;
  });
  const values = Array.from(d, (_, k) => w[2 * k * n + k]);
  ascending(values).forEach((from, k) => {
    const start = 2 * from * n + n;
    const sign = mainSign(w, start, n);
    d[k] = values[from];
    for (let i = 0; i < n; i++) a[i * n + k] = sign * w[start + i];
  });
}

/** Complete the first `rank` columns, which are orthonormal, to a basis. */
function complete(z, rank, rows, columns) {
  const taus = new Float64Array(rank);
  const whole = z.slice();
  triangularize(whole, taus, rows, columns);
  reflectorProduct(whole, taus, rows, columns);
  for (let i = 0; i < rows; i++) {
    for (let k = rank; k < columns; k++) z[i * columns + k] = whole[i * columns + k];
  }
}

/**
 * Singular values d, descending, and vectors (where u and v are not empty) of a matrix.
 *
 * Hestenes' one-sided rotations make the matrix's columns (its rows, where it is wide) orthogonal.
 * The element of largest size of each column of u is positive, unless its singular value is zero.
 */
function svd(a, d, u, v, m, n) {
  const size = largestSize(a);
  if (!Number.isFinite(size)) {
    for (const x of [d, u, v]) x.fill(NaN);
    return;
  }
  const wide = m < n;
  const [q, tall] = [d.length, Math.max(m, n)];
  const length = tall + q;
  // A column of this norm or less is far below what rounding leaves of a zero.
  const zero = 1e-30;
  // Each column, scaled so that no square overflows, and after it a row of the rotations' product.
  const w = new Float64Array(q * length);
  for (let k = 0; k < q; k++) {
    for (let i = 0; i < tall; i++) {
      w[k * length + i] = (wide ? a[k * n + i] : a[i * n + k]) / (size || 1);
    }
    w[k * length + tall + k] = 1;
  }
  const dot = (k, l) => {
    let sum = 0;
    for (let i = 0; i < tall; i++) sum += w[k * length + i] * w[l * length + i];
    return sum;
  };
  sweep(q, (k, l) => {
    const [x, r, y] = [dot(k, k), dot(k, l), dot(l, l)];
    if (Math.min(x, y) < zero * zero) return false;
    if (Math.abs(r) <= tall * 2 ** -52 * Math.sqrt(x * y)) return false;
    rotate(w, k * length, l * length, 1, length, jacobi(x, r, y));
    return true;
  });
  const norms = Array.from(d, (_, k) => Math.sqrt(dot(k, k)));
  const order = ascending(norms).reverse();
  order.forEach((from, k) => {
    d[k] = norms[from] * size;
  });
  const rank = norms.filter((norm) => norm >= zero).length;
  const outer = wide ? v : u;
  const count = outer.length / tall;
  const basis = wide ? new Float64Array(v.length) : u;
  for (let k = 0; k < q && count > 0; k++) {
    const start = order[k] * length;
    const sign = wide ? mainSign(w, start + tall, q) : mainSign(w, start, tall);
    const factor = sign / norms[order[k]];
    for (let i = 0; i < q; i++) {
      (wide ? u : v)[wide ? i * q + k : k * q + i] = sign * w[start + tall + i];
    }
    for (let i = 0; i < tall && k < rank; i++) basis[i * count + k] = factor * w[start + i];
  }
  if (rank < count) complete(basis, rank, tall, count);
  for (let k = 0; wide && k < count; k++) {
    for (let i = 0; i < tall; i++) v[k * tall + i] = basis[i * count + k];
  }
}
