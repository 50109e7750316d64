//! Identifiers as newtypes, T-SQL types and values, their conversions, operators and comparison.

mod collation;
mod compare;
mod convert;
mod decimal;
mod display;
mod guid;
mod ids;
mod like;
mod moment;
mod operator;
mod sql_type;
mod text;
mod time;
mod value;

pub use collation::Collation;
pub use compare::{compare, comparison_type, sort_key};
pub use convert::{Mode, XmlParser, check_conversion, convert, truncation_error};
pub use decimal::{DecimalError, MAX_PRECISION};
pub use display::{display_sqlcmd, format_iso};
pub use guid::Guid;
pub use ids::{
    BrokerInstance, CertificateId, ContractId, ConversationGroupId, ConversationHandle, ConversationId,
    DatabaseId, EndpointId, EventNotificationId, KeyExchangeKeyId, LoginId, MessageTypeId, ObjectId,
    PrincipalId, PriorityId, RemoteServiceBindingId, RouteId, SchemaId, ServiceId, SessionId, SessionKeyId,
    TransactionId,
};
pub use like::LikePattern;
pub use moment::{Civil, Moment, TICKS_PER_DAY, TICKS_PER_SECOND, days_in_month};
pub use operator::{Operator, UnaryOperator, evaluate, evaluate_unary, result_type, unary_result_type};
pub use sql_type::{Family, Length, SqlType, TypeArg, common_type};
pub use text::{
    decode_nvarchar, decode_varchar, encode_nvarchar, encode_varchar, utf16_length, utf16_prefix,
};
pub use time::Timestamp;
pub use value::{Decimal, Value};
