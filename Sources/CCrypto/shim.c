#include "CCrypto.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

static int digest_of(const EVP_MD *kind, unsigned int length, const uint8_t *message, size_t count,
                     uint8_t *digest) {
  unsigned int written = 0;
  return EVP_Digest(message, count, digest, &written, kind, NULL) == 1 && written == length;
}

int ccrypto_sha256(const uint8_t *message, size_t count, uint8_t *digest) {
  return digest_of(EVP_sha256(), 32, message, count, digest);
}

int ccrypto_hmac_sha256(const uint8_t *key, size_t key_count, const uint8_t *message, size_t count,
                        uint8_t *code) {
  static const uint8_t none = 0;
  unsigned int written = 0;
  if (key_count > INT_MAX) return 0;
  // A null key would mean "the key of the last call".
  return HMAC(EVP_sha256(), key_count == 0 ? &none : key, (int)key_count, message, count, code,
              &written) != NULL &&
         written == 32;
}

int ccrypto_md5(const uint8_t *message, size_t count, uint8_t *digest) {
  return digest_of(EVP_md5(), 16, message, count, digest);
}
