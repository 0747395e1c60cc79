/* Heavy ball in the valley (1 + x^2) y^2, as a careful programmer would write it in C: all chains in
 * arrays that the compiler vectorizes, normals by the ziggurat of Marsaglia and Tsang in Doornik's
 * form, bits by xoshiro256+. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum { LAYERS = 128 };
static const double TAIL = 3.442619855899, AREA = 9.91256303526217e-3;
static double edge[LAYERS + 1], inside[LAYERS];
static uint64_t s[4];

static inline uint64_t rotated(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

static inline uint64_t bits(void) {
  uint64_t result = s[0] + s[3], t = s[1] << 17;
  s[2] ^= s[0], s[3] ^= s[1], s[1] ^= s[2], s[0] ^= s[3];
  s[2] ^= t, s[3] = rotated(s[3], 45);
  return result;
}

static inline double uniform(void) { return ((bits() >> 11) + 0.5) * 0x1p-53; }

static inline double normal(void) {
  for (;;) {
    uint64_t word = bits();
    int layer = word & (LAYERS - 1);
    double u = (int64_t)word * 0x1p-63, x = u * edge[layer];
    if (fabs(u) < inside[layer]) return x;
    if (layer == 0) {
      double far, up;
      do far = log(uniform()) / TAIL, up = log(uniform());
      while (-2 * up < far * far);
      return u < 0 ? far - TAIL : TAIL - far;
    }
    double below = exp(-0.5 * (edge[layer] * edge[layer] - x * x));
    double above = exp(-0.5 * (edge[layer + 1] * edge[layer + 1] - x * x));
    if (above + uniform() * (below - above) < 1) return x;
  }
}

static void prepare(uint64_t seed) {
  for (int i = 0; i < 4; i++) { /* splitmix64 */
    uint64_t z = (seed += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9, z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    s[i] = z ^ (z >> 31);
  }
  double f = exp(-0.5 * TAIL * TAIL);
  edge[0] = AREA / f, edge[1] = TAIL, edge[LAYERS] = 0;
  for (int i = 2; i < LAYERS; i++)
    edge[i] = sqrt(-2 * log(AREA / edge[i - 1] + f)), f = exp(-0.5 * edge[i] * edge[i]);
  for (int i = 0; i < LAYERS; i++) inside[i] = edge[i + 1] / edge[i];
}

/* x holds the starts, y zeros; both hold the ends afterwards. */
void run(uint64_t seed, int64_t chains, int64_t steps, double rate, double momentum,
         double *restrict x, double *restrict y) {
  double *restrict mx = calloc(chains, sizeof *mx), *restrict my = calloc(chains, sizeof *my);
  double *restrict draws = malloc(chains * sizeof *draws);
  prepare(seed);
  for (int64_t k = 0; k < steps; k++) {
    for (int64_t n = 0; n < chains; n++) draws[n] = normal();
    for (int64_t n = 0; n < chains; n++) {
      double h = 1 + x[n] * x[n];
      mx[n] = momentum * mx[n] - rate * 2 * x[n] * y[n] * y[n];
      my[n] = momentum * my[n] - rate * (2 * h * y[n] + sqrt(h) * draws[n]);
      x[n] += mx[n], y[n] += my[n];
    }
  }
  free(mx), free(my), free(draws);
}
