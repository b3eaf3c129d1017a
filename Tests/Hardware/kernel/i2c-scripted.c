// SPDX-License-Identifier: GPL-2.0
/*
 * i2c-scripted: an I2C adapter whose chips are played by a program.
 *
 * The adapter is an ordinary one, with /dev/i2c-N, plain I2C and the SMBus calls the kernel
 * makes out of it. Each transfer is offered on /dev/i2c-scripted to the one program that has
 * it open, and waits for that program's answer. All numbers are in the machine's byte order.
 *
 *	read()   a transfer:  u32 ticket, u32 count, and for each of the count messages
 *	                      u16 address, u16 flags (I2C_M_*), u16 length, u16 zero,
 *	                      followed by length bytes when the message is a write
 *	write()  its answer:  u32 ticket, s32 result (0, or a negated errno), and with
 *	                      result 0 the bytes of all read messages, end to end
 *
 * A transfer fails with ETIMEDOUT when no answer came within the adapter's timeout (parameter
 * timeout_ms, or the I2C_TIMEOUT ioctl), with EPROTO when the answer has too few bytes or too
 * many, and with ENXIO when nobody has /dev/i2c-scripted open. Writing an answer that is no
 * longer awaited gives ESTALE.
 */
#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/i2c.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define PACKET_MAX 32768	/* bytes; far more than a sensor is ever asked for */

static int bus = -1;
module_param(bus, int, 0444);
MODULE_PARM_DESC(bus, "number N of /dev/i2c-N; -1 takes the next free one");

static char *label = "scripted I2C adapter";
module_param(label, charp, 0444);
MODULE_PARM_DESC(label, "the adapter's name");

static unsigned int timeout_ms = 1000;
module_param(timeout_ms, uint, 0444);
MODULE_PARM_DESC(timeout_ms, "how long a transfer waits for its answer");

/*
 * The I2C core lets one transfer into the adapter at a time, so one slot is enough.
 * EMPTY -> OFFERED (transfer) -> TAKEN (read) -> ANSWERED (write) -> EMPTY (transfer).
 */
enum slot_state { EMPTY, OFFERED, TAKEN, ANSWERED };

static struct {
	struct mutex lock;		/* guards every field below */
	wait_queue_head_t offered;	/* the program waits here */
	struct completion settled;	/* the transfer waits here */
	enum slot_state state;
	bool attended;			/* a program has the device open */
	u32 ticket;
	s32 result;
	size_t request_size, answer_size;
	u8 request[PACKET_MAX], answer[PACKET_MAX];
} slot;

struct packet_head { u32 ticket, count; };
struct message_head { u16 address, flags, length, zero; };
struct answer_head { u32 ticket; s32 result; };

/* Lays the messages out in slot.request. Returns the bytes that will be read, or -errno. */
static ssize_t write_request(const struct i2c_msg *messages, int count)
{
	struct packet_head head = { ++slot.ticket, count };
	size_t end = sizeof(head), to_read = 0;
	int i;

	memcpy(slot.request, &head, sizeof(head));
	for (i = 0; i < count; i++) {
		const struct i2c_msg *m = &messages[i];
		struct message_head mh = { m->addr, m->flags, m->len, 0 };
		size_t payload = m->flags & I2C_M_RD ? 0 : m->len;

		if (m->flags & I2C_M_RECV_LEN || end + sizeof(mh) + payload > PACKET_MAX)
			return -EOPNOTSUPP;
		memcpy(slot.request + end, &mh, sizeof(mh));
		memcpy(slot.request + end + sizeof(mh), m->buf, payload);
		end += sizeof(mh) + payload;
		to_read += m->len - payload;
	}
	if (to_read > PACKET_MAX)
		return -EOPNOTSUPP;
	slot.request_size = end;
	return to_read;
}

/* What became of the transfer; on success the answer's bytes go to the messages. */
static int read_answer(struct i2c_msg *messages, int count, size_t to_read)
{
	const u8 *next = slot.answer;
	int i;

	if (slot.state != ANSWERED)
		return slot.attended ? -ETIMEDOUT : -ENXIO;
	if (slot.result < 0)
		return slot.result;
	if (slot.answer_size != to_read)
		return -EPROTO;
	for (i = 0; i < count; i++) {
		if (!(messages[i].flags & I2C_M_RD))
			continue;
		memcpy(messages[i].buf, next, messages[i].len);
		next += messages[i].len;
	}
	return count;
}

static int scripted_transfer(struct i2c_adapter *adapter, struct i2c_msg *messages, int count)
{
	ssize_t to_read;
	int result;

	mutex_lock(&slot.lock);
	to_read = slot.attended ? write_request(messages, count) : -ENXIO;
	if (to_read < 0) {
		mutex_unlock(&slot.lock);
		return to_read;
	}
	reinit_completion(&slot.settled);
	slot.state = OFFERED;
	mutex_unlock(&slot.lock);

	wake_up_interruptible(&slot.offered);
	wait_for_completion_killable_timeout(&slot.settled, adapter->timeout);

	mutex_lock(&slot.lock);
	result = read_answer(messages, count, to_read);
	slot.state = EMPTY;
	mutex_unlock(&slot.lock);
	return result;
}

static u32 scripted_functionality(struct i2c_adapter *adapter)
{
	return I2C_FUNC_I2C | I2C_FUNC_SMBUS_EMUL;
}

static const struct i2c_algorithm scripted_algorithm = {
	.master_xfer = scripted_transfer,
	.functionality = scripted_functionality,
};

static struct i2c_adapter scripted_adapter = {
	.owner = THIS_MODULE,
	.algo = &scripted_algorithm,
};

static int program_open(struct inode *inode, struct file *file)
{
	int result = 0;

	mutex_lock(&slot.lock);
	if (slot.attended)
		result = -EBUSY;
	slot.attended = true;
	mutex_unlock(&slot.lock);
	return result;
}

static int program_release(struct inode *inode, struct file *file)
{
	mutex_lock(&slot.lock);
	slot.attended = false;
	mutex_unlock(&slot.lock);
	complete(&slot.settled);
	return 0;
}

static ssize_t program_read(struct file *file, char __user *to, size_t size, loff_t *position)
{
	ssize_t result;

	for (;;) {
		mutex_lock(&slot.lock);
		if (slot.state == OFFERED)
			break;
		mutex_unlock(&slot.lock);
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible(slot.offered, READ_ONCE(slot.state) == OFFERED))
			return -ERESTARTSYS;
	}
	result = slot.request_size;
	if (size < slot.request_size)
		result = -EMSGSIZE;
	else if (copy_to_user(to, slot.request, slot.request_size))
		result = -EFAULT;
	else
		slot.state = TAKEN;
	mutex_unlock(&slot.lock);
	return result;
}

static ssize_t program_write(struct file *file, const char __user *from, size_t size,
			     loff_t *position)
{
	struct answer_head head;
	ssize_t result = size;

	if (size < sizeof(head) || size - sizeof(head) > PACKET_MAX)
		return -EINVAL;
	if (copy_from_user(&head, from, sizeof(head)))
		return -EFAULT;
	size -= sizeof(head);

	mutex_lock(&slot.lock);
	if (slot.state != TAKEN || head.ticket != slot.ticket) {
		result = -ESTALE;
	} else if (copy_from_user(slot.answer, from + sizeof(head), size)) {
		result = -EFAULT;
	} else {
		slot.answer_size = size;
		slot.result = head.result;
		slot.state = ANSWERED;
		complete(&slot.settled);
	}
	mutex_unlock(&slot.lock);
	return result;
}

static __poll_t program_poll(struct file *file, poll_table *table)
{
	poll_wait(file, &slot.offered, table);
	return READ_ONCE(slot.state) == OFFERED ? EPOLLIN | EPOLLRDNORM : 0;
}

static const struct file_operations program_operations = {
	.owner = THIS_MODULE,
	.open = program_open,
	.release = program_release,
	.read = program_read,
	.write = program_write,
	.poll = program_poll,
	.llseek = no_llseek,
};

static struct miscdevice program_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "i2c-scripted",
	.mode = 0600,
	.fops = &program_operations,
};

static int __init scripted_start(void)
{
	int result;

	mutex_init(&slot.lock);
	init_waitqueue_head(&slot.offered);
	init_completion(&slot.settled);
	strscpy(scripted_adapter.name, label, sizeof(scripted_adapter.name));
	scripted_adapter.nr = bus;
	scripted_adapter.timeout = msecs_to_jiffies(timeout_ms);

	result = misc_register(&program_device);
	if (result)
		return result;
	/* With nr -1 this takes the next free number. */
	result = i2c_add_numbered_adapter(&scripted_adapter);
	if (result)
		misc_deregister(&program_device);
	return result;
}

static void __exit scripted_stop(void)
{
	i2c_del_adapter(&scripted_adapter);
	misc_deregister(&program_device);
}

module_init(scripted_start);
module_exit(scripted_stop);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("I2C adapter whose chips are played by a program, for tests");
