/* SPDX-License-Identifier: Apache-2.0 */
/* The error object: what failed, on what, by which call, at which place of which file. */
#ifndef DAVIT_BASE_ERR_H
#define DAVIT_BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

enum err_kind {
	ERR_NONE,
	ERR_USAGE,  /* the command line is wrong */
	ERR_CONFIG, /* the configuration is wrong */
	ERR_STATE,  /* the container is not in the state that the command needs */
	ERR_HOST,   /* this machine cannot do what is asked */
	ERR_SYSTEM, /* a call failed */
	ERR_BUG,    /* davit itself is wrong */
};

/* A place in a file. path is a JSON path ("linux.namespaces[2].type") or NULL. */
struct err_place {
	const char *file;
	unsigned line, column; /* from 1; 0 is unknown */
	const char *path;
};

/*
 * All strings are on the heap and owned by the object. An error that could not get
 * memory for its text is still an error: code is set, text may be NULL.
 */
struct error {
	int code; /* negative errno, 0 = no error */
	enum err_kind kind;
	char *text;  /* "cannot mount proc on /proc" */
	char *doing; /* outer context, outermost first: "create web" */
	char *call;  /* "fsmount", or NULL */
	char *step;  /* "mounts (init)", or NULL */
	char *hint;  /* one line of advice, or NULL */
	char *file, *path;
	unsigned line, column;
	/* Exact text for engines (docs/engines.md): printed without ": call: ERRNO". */
	bool verbatim;
	/* Further faults of the same kind (all faults of a configuration are told). */
	struct error *faults;
	size_t n_faults;   /* kept, at most 20 */
	size_t all_faults; /* seen */
};

#define ERROR_INIT ((struct error){ .code = 0 })

/*
 * Every function accepts e == NULL (the caller does not want the text) and returns the
 * negative errno that the caller should return, so "return err_sys(...)" is the idiom.
 * A later call replaces what e held.
 */

/* A call failed with errnum (positive errno; 0 counts as EIO). Kind ERR_SYSTEM. */
int err_sys(struct error *e, int errnum, const char *call, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Any other failure. code is a negative errno. */
int err_set(struct error *e, enum err_kind kind, int code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* As err_set, the text is printed as it is: without doing, call and errno. */
int err_verbatim(struct error *e, enum err_kind kind, int code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* A fault at a place of a file; kind ERR_CONFIG, code -EINVAL. where is copied. */
int err_at(struct error *e, const struct err_place *where, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Add the place to an error that has none yet; keeps everything else. */
void err_place(struct error *e, const struct err_place *where);

/*
 * Say what we were doing; put before what doing says already ("a: b"). Returns e->code. An e
 * that says nothing yet becomes -EIO with this text, so that no failure counts as success.
 */
int err_wrap(struct error *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Name the step that failed unless one is named. */
void err_step(struct error *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Add one line of advice unless there is one. */
void err_hint(struct error *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Add a copy of fault to e's list (e->code becomes fault's when it was 0, text of the
 * first fault becomes the text of e, which is also faults[0]). At most 20 are kept, all are
 * counted.
 */
void err_add_fault(struct error *e, const struct error *fault);

/* Move src into dst (dst's content is freed, src becomes empty). */
void err_move(struct error *dst, struct error *src);

/* Free what the object owns and make it empty. Accepts NULL. */
void err_done(struct error *e);

/*
 * Pack for the wire: at most max bytes (max >= 512). When too long, cut in the order
 * hint, doing, text; call, errno, path and step always arrive. Returns bytes written.
 */
size_t err_pack(const struct error *e, void *out, size_t max);

/* Unpack hostile bytes. -EBADMSG when they are not a packed error. */
int err_unpack(const void *in, size_t len, struct error *e);

/* "EPERM" for 1 (or -1); "E1234" for unknown numbers. Never NULL; static storage. */
const char *err_name(int errnum);

/* The lower-case strerror text for the few errno that engines read (ENOENT, EACCES,
 * ENOTDIR, EISDIR, ENOEXEC, ELOOP, E2BIG, ETXTBSY, EPERM); else err_name(). */
const char *err_words(int errnum);

struct buf;

/*
 * One line without newline: "create web: cannot mount proc on /proc: fsmount: EPERM", for a
 * fault of a file "create web: config.json:1:63: linux.resources: expected an object", with
 * "(and N more)" appended when there are more faults. Control bytes become \xNN.
 * -ENOMEM.
 */
int err_line(const struct error *e, struct buf *out);

/*
 * For people: the line, then "  where: ", "step: ", "  hint:  " lines, then one line a
 * further fault. Ends in a newline. -ENOMEM.
 */
int err_text(const struct error *e, struct buf *out);

/* May this be called with the error that is being filled? True when e has a code. */
static inline bool err_is(const struct error *e)
{
	return e && e->code != 0;
}

#define auto_error __attribute__((cleanup(err_done)))

#endif
