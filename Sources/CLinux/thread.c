#define _GNU_SOURCE
#include "linux_thread.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

// What the kernel keeps of a thread's name, with its final zero; see pthread_setname_np(3).
enum { NAME_SIZE = 16 };

struct linux_thread {
  pthread_t thread;
};

// What the thread begins with. Its own, for it may outlive its handle.
struct beginning {
  char name[NAME_SIZE];
  void (*body)(void *);
  void *context;
};

static void *start(void *argument) {
  struct beginning beginning = *(struct beginning *)argument;
  free(argument);
  // A thread without its name is a nuisance to people only.
  (void)pthread_setname_np(pthread_self(), beginning.name);
  beginning.body(beginning.context);
  return NULL;
}

int linux_thread_start(
    linux_thread_t *thread, const char *name, size_t stack, void (*body)(void *), void *context) {
  struct linux_thread *made = calloc(1, sizeof *made);
  struct beginning *beginning = calloc(1, sizeof *beginning);
  if (!made || !beginning) {
    free(made);
    free(beginning);
    return -ENOMEM;
  }
  strncpy(beginning->name, name, NAME_SIZE - 1);
  beginning->body = body;
  beginning->context = context;

  pthread_attr_t attributes;
  int error = pthread_attr_init(&attributes);
  if (!error) {
    if (stack < (size_t)PTHREAD_STACK_MIN) stack = (size_t)PTHREAD_STACK_MIN;
    error = pthread_attr_setstacksize(&attributes, stack);
    sigset_t all, before;
    sigfillset(&all);
    // A thread inherits the mask, so it never runs with signals open.
    if (!error) error = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (!error) {
      error = pthread_create(&made->thread, &attributes, start, beginning);
      pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    pthread_attr_destroy(&attributes);
  }
  if (error) {
    free(made);
    free(beginning);
    return -error;
  }
  *thread = made;
  return 0;
}

int linux_thread_join(linux_thread_t thread) {
  int error = pthread_join(thread->thread, NULL);
  if (!error) free(thread);
  return -error;
}

void linux_thread_detach(linux_thread_t thread) {
  (void)pthread_detach(thread->thread);
  free(thread);
}
