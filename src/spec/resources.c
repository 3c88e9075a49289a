/* SPDX-License-Identifier: Apache-2.0 */
/* linux.resources of a container that is there: what an update gives, laid over what is stored. */
#include "config.h"

#include "spec/resources.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/num.h"
#include "json/json.h"
#include "spec/rule.h"

/* Where a zero or an empty text is "not set". Of others, as pids.limit, 0 is a value. */
static const struct {
	const char *object, *member;
} unset_by_zero[] = {
	{ "memory", "limit" },
	{ "memory", "reservation" },
	{ "memory", "swap" },
	{ "memory", "kernel" },
	{ "memory", "kernelTCP" },
	{ "cpu", "shares" },
	{ "cpu", "quota" },
	{ "cpu", "period" },
	{ "cpu", "realtimeRuntime" },
	{ "cpu", "realtimePeriod" },
	{ "cpu", "cpus" },
	{ "cpu", "mems" },
	{ "blockIO", "weight" },
	{ "blockIO", "leafWeight" },
};

/* What makes an element of a list the same one. */
static const struct {
	const char *list, *keys[2];
} identities[] = {
	{ "weightDevice", { "major", "minor" } },
	{ "throttleReadBpsDevice", { "major", "minor" } },
	{ "throttleWriteBpsDevice", { "major", "minor" } },
	{ "throttleReadIOPSDevice", { "major", "minor" } },
	{ "throttleWriteIOPSDevice", { "major", "minor" } },
	{ "hugepageLimits", { "pageSize", NULL } },
	{ "priorities", { "name", NULL } },
};

static int no_memory(struct error *e)
{
	return err_sys(e, ENOMEM, "malloc", "cannot lay the resources together");
}

static bool is_zero(const struct json_value *v)
{
	if (v->type == JSON_STRING)
		return v->len == 0;
	return v->type == JSON_NUMBER && strcmp(v->text, "0") == 0;
}

/* Does this member of resources, or of an object of it, say nothing? */
static bool is_unset(const struct json_value *v, bool top)
{
	if (v->type == JSON_NULL)
		return true;
	if (top)
		return strcmp(v->key, "devices") == 0;
	for (size_t i = 0; i < ARRAY_SIZE(unset_by_zero); i++) {
		if (strcmp(v->parent->key, unset_by_zero[i].object) == 0 &&
			strcmp(v->key, unset_by_zero[i].member) == 0)
			return is_zero(v);
	}
	return false;
}

/* Objects below resources whose members are settings: unified is one too, rdma not. */
static bool has_settings(const struct json_value *v)
{
	return v->type == JSON_OBJECT && strcmp(v->key, "rdma") != 0;
}

static bool says_something(const struct json_value *v)
{
	if (is_unset(v, true))
		return false;
	if (v->type != JSON_OBJECT && v->type != JSON_ARRAY)
		return true;
	if (!has_settings(v))
		return v->n > 0;
	for (const struct json_value *m = v->first; m; m = m->next) {
		if (!is_unset(m, false))
			return true;
	}
	return false;
}

/* depth 0 is resources itself, 1 its members, 2 theirs. */
static bool keeps(const struct json_value *v, int depth)
{
	if (depth == 1)
		return says_something(v);
	return depth != 2 || !has_settings(v->parent) || !is_unset(v, false);
}

/* What is left of an update, each value at its place in the text. */
static struct json_value *prune(struct arena *a, const struct json_value *in,
	const struct json_value *parent, int depth)
{
	struct json_value *out = arena_memdup(a, in, sizeof(*in));
	struct json_value **end;

	if (!out)
		return NULL;
	out->parent = parent;
	out->n = 0;
	out->first = out->next = NULL;
	end = &out->first;
	for (const struct json_value *v = in->first; v; v = v->next) {
		if (in->type == JSON_OBJECT && !keeps(v, depth + 1))
			continue;
		*end = prune(a, v, out, depth + 1);
		if (!*end)
			return NULL;
		(*end)->index = out->n++;
		end = &(*end)->next;
	}
	return out;
}

/* A configuration with nothing but these resources. */
static int load(struct spec *s, struct arena *a, struct error *e)
{
	struct spec_config *config = arena_alloc(a, sizeof(*config));
	struct spec_linux *l = arena_alloc(a, sizeof(*l));
	struct spec_resources *res = arena_alloc(a, sizeof(*res));

	if (!config || !l || !res)
		return no_memory(e);
	config->linux = l;
	l->resources = res;
	s->config = config;
	config->at = l->at = s->doc.root;
	return schema_load(&object_spec_resources, &s->doc, s->doc.root, NULL, a, res, e);
}

int spec_resources_parse(const char *name, const char *text, size_t len,
	const struct spec_warnings *warnings, struct arena *a, struct spec *out,
	struct error *e)
{
	auto_error struct error found = ERROR_INIT;
	const char *kept = arena_strdup(a, name);
	struct spec s = { .config = NULL };
	int r = kept ? json_parse(a, kept, text, len, &s.doc, e) : no_memory(e);

	if (r < 0)
		return r;
	s.doc.root = prune(a, s.doc.root, NULL, 0);
	if (!s.doc.root)
		return no_memory(e);
	r = load(&s, a, &found);
	if (r == 0)
		r = check_resources(&s, warnings, a, &found);
	if (r < 0) {
		err_move(e, &found);
		return r;
	}
	*out = s;
	return 0;
}

static bool same_text(const struct json_value *x, const struct json_value *y)
{
	return x && y && x->type == y->type && x->text && y->text && x->len == y->len &&
	       memcmp(x->text, y->text, x->len) == 0;
}

/* What makes elements of this list the same one, NULL where nothing does. */
static const char *const *keys_of(const char *list)
{
	for (size_t i = 0; i < ARRAY_SIZE(identities); i++) {
		if (strcmp(identities[i].list, list) == 0)
			return identities[i].keys;
	}
	return NULL;
}

static bool same_element(
	const char *const keys[2], const struct json_value *x, const struct json_value *y)
{
	for (size_t k = 0; k < 2 && keys[k]; k++) {
		if (!same_text(json_get(x, keys[k]), json_get(y, keys[k])))
			return false;
	}
	return true;
}

/* Elements of lists that no row describes may be anything. */
static bool all_have_keys(const char *const keys[2], const struct json_value *list)
{
	for (const struct json_value *v = list->first; v; v = v->next) {
		if (!same_element(keys, v, v))
			return false;
	}
	return true;
}

static void merge_lists(
	struct json_w *w, const struct json_value *old, const struct json_value *add)
{
	const char *const *keys = keys_of(add->key);

	if (!keys || !all_have_keys(keys, old) || !all_have_keys(keys, add)) {
		json_w_value(w, add);
		return;
	}
	json_w_array(w);
	for (const struct json_value *v = old->first; v; v = v->next) {
		const struct json_value *same = add->first;

		while (same && !same_element(keys, v, same))
			same = same->next;
		if (!same)
			json_w_value(w, v);
	}
	for (const struct json_value *v = add->first; v; v = v->next)
		json_w_value(w, v);
	json_w_end_array(w);
}

/* weight and leafWeight of one device may come from two updates: elements are replaced whole. */
static void merge(
	struct json_w *w, const struct json_value *old, const struct json_value *add)
{
	if (!old || old->type != add->type) {
		json_w_value(w, add);
		return;
	}
	if (add->type == JSON_ARRAY) {
		merge_lists(w, old, add);
		return;
	}
	if (add->type != JSON_OBJECT) {
		json_w_value(w, add);
		return;
	}
	json_w_object(w);
	for (const struct json_value *v = old->first; v; v = v->next) {
		const struct json_value *same = json_get(add, v->key);

		json_w_key(w, v->key);
		if (same)
			merge(w, v, same);
		else
			json_w_value(w, v);
	}
	for (const struct json_value *v = add->first; v; v = v->next) {
		if (json_get(old, v->key))
			continue;
		json_w_key(w, v->key);
		json_w_value(w, v);
	}
	json_w_end_object(w);
}

static int number_or_all(const char *text, const char *end, int64_t *out)
{
	char digits[16];
	uint64_t n;

	*out = -1;
	if (end == text + 1 && *text == '*')
		return 0;
	if (end == text || (size_t)(end - text) >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, text, (size_t)(end - text));
	digits[end - text] = '\0';
	if (num_u64(digits, UINT32_MAX, &n) < 0)
		return -EINVAL;
	*out = (int64_t)n;
	return 0;
}

/* "TYPE MAJOR:MINOR ACCESS", as in devices.allow of v1. */
static int write_rule(
	struct json_w *w, const struct spec_device_words *rule, struct error *e)
{
	const char *t = rule->text, *colon, *blank;
	const char type[2] = { t[0], '\0' };
	int64_t major = -1, minor = -1;
	const char *access = "rwm";
	bool good = t[0] == 'a' || t[0] == 'b' || t[0] == 'c';

	if (good && t[1] == ' ') {
		colon = strchr(t + 2, ':');
		blank = colon ? strchr(colon, ' ') : NULL;
		good = blank && number_or_all(t + 2, colon, &major) == 0 &&
		       number_or_all(colon + 1, blank, &minor) == 0;
		access = good ? blank + 1 : "";
	} else if (t[0] != 'a' || t[1]) {
		good = false;
	}
	if (!good || !access[0] || access[strspn(access, "rwm")])
		return err_set(e, ERR_USAGE, -EINVAL,
			"expected a device rule such as \"c 1:3 rw\", \"b *:* m\" or "
			"\"a\", found \"%.64s\"",
			t);
	json_w_object(w);
	json_w_kbool(w, "allow", rule->allow);
	json_w_kstr(w, "type", type);
	json_w_ki64(w, "major", major);
	json_w_ki64(w, "minor", minor);
	json_w_kstr(w, "access", access);
	json_w_end_object(w);
	return 0;
}

struct joining {
	const struct json_value *add; /* resources of the update, or NULL */
	const struct spec_device_words *rules;
	size_t n_rules;
};

static int write_devices(struct json_w *w, const struct json_value *old,
	const struct joining *j, struct error *e)
{
	int r = 0;

	json_w_key(w, "devices");
	json_w_array(w);
	for (const struct json_value *v = old ? old->first : NULL; v; v = v->next)
		json_w_value(w, v);
	for (size_t i = 0; r == 0 && i < j->n_rules; i++)
		r = write_rule(w, &j->rules[i], e);
	json_w_end_array(w);
	return r;
}

static int write_resources(struct json_w *w, const struct json_value *old,
	const struct joining *j, struct error *e)
{
	int r = 0;

	json_w_key(w, "resources");
	json_w_object(w);
	for (const struct json_value *v = old ? old->first : NULL; v; v = v->next) {
		const struct json_value *same = j->add ? json_get(j->add, v->key) : NULL;

		if (strcmp(v->key, "devices") == 0)
			continue;
		json_w_key(w, v->key);
		if (same)
			merge(w, v, same);
		else
			json_w_value(w, v);
	}
	for (const struct json_value *v = j->add ? j->add->first : NULL; v; v = v->next) {
		if (json_get(old, v->key))
			continue;
		json_w_key(w, v->key);
		json_w_value(w, v);
	}
	if (json_get(old, "devices") || j->n_rules)
		r = write_devices(w, json_get(old, "devices"), j, e);
	json_w_end_object(w);
	return r;
}

static int write_linux(struct json_w *w, const struct json_value *old,
	const struct joining *j, struct error *e)
{
	int r;

	json_w_key(w, "linux");
	json_w_object(w);
	for (const struct json_value *v = old ? old->first : NULL; v; v = v->next) {
		if (strcmp(v->key, "resources") == 0)
			continue;
		json_w_key(w, v->key);
		json_w_value(w, v);
	}
	r = write_resources(w, old ? json_get(old, "resources") : NULL, j, e);
	json_w_end_object(w);
	return r;
}

static int write_config(const struct json_value *root, const struct joining *j,
	struct buf *text, struct error *e)
{
	struct json_w *w = json_w_open(0);
	int r, closed;

	if (!w)
		return no_memory(e);
	json_w_object(w);
	for (const struct json_value *v = root->first; v; v = v->next) {
		if (strcmp(v->key, "linux") == 0)
			continue;
		json_w_key(w, v->key);
		json_w_value(w, v);
	}
	r = write_linux(w, json_get(root, "linux"), j, e);
	json_w_end_object(w);
	closed = json_w_close(w, text);
	return r < 0 ? r : closed < 0 ? no_memory(e) : 0;
}

int spec_resources_merge(const struct spec *stored, const struct spec *update,
	const struct spec_device_words *rules, size_t n_rules, struct arena *a,
	struct spec *out, struct buf *text, struct error *e)
{
	const struct joining j = { update ? update->doc.root : NULL, rules, n_rules };
	auto_error struct error found = ERROR_INIT;
	struct spec s = { .config = NULL };
	struct spec_config *config = arena_alloc(a, sizeof(*config));
	int r = write_config(stored->doc.root, &j, text, e);

	if (r == 0 && !config)
		r = no_memory(e);
	if (r == 0)
		r = json_parse(
			a, "the updated configuration", text->p, text->len, &s.doc, e);
	if (r < 0)
		return r;
	s.config = config;
	r = schema_load(&object_spec_config, &s.doc, s.doc.root, NULL, a, config, &found);
	if (r == 0)
		r = check_resources(&s, NULL, a, &found);
	if (r < 0) {
		err_move(e, &found);
		return r;
	}
	*out = s;
	return 0;
}
