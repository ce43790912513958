/** The procedures of VIRT with their types, for the typed client. */
import type {
  virt_all_domains_result,
  virt_all_networks_result,
  virt_autostart_args,
  virt_autostart_result,
  virt_bridge_result,
  virt_count_result,
  virt_domain_details_result,
  virt_domain_info_result,
  virt_domain_result,
  virt_event_register_args,
  virt_event_register_result,
  virt_exchange_args,
  virt_exchange_result,
  virt_get_xml_args,
  virt_id_args,
  virt_ids_result,
  virt_name_args,
  virt_names_result,
  virt_network_details_result,
  virt_network_result,
  virt_node_info_result,
  virt_open_args,
  virt_path_args,
  virt_registration_args,
  virt_save_args,
  virt_state_result,
  virt_text_result,
  virt_uuid_args,
  virt_version_result,
  virt_void_result,
  virt_xml_args,
  virt_xml_result,
} from '../codec/programs/virt.gen.ts';

export type VirtProcedures = {
  VIRT_GET_VERSION: { args: undefined; result: virt_version_result };
  VIRT_GET_NODEINFO: { args: undefined; result: virt_node_info_result };
  VIRT_LIST_DOMAINS: { args: undefined; result: virt_ids_result };
  VIRT_NUM_DOMAINS: { args: undefined; result: virt_count_result };
  VIRT_DOMAIN_CREATE: { args: virt_xml_args; result: virt_domain_result };
  VIRT_DOMAIN_LOOKUP_BY_ID: { args: virt_id_args; result: virt_domain_result };
  VIRT_DOMAIN_LOOKUP_BY_UUID: { args: virt_uuid_args; result: virt_domain_result };
  VIRT_DOMAIN_LOOKUP_BY_NAME: { args: virt_name_args; result: virt_domain_result };
  VIRT_DOMAIN_SUSPEND: { args: virt_id_args; result: virt_void_result };
  VIRT_DOMAIN_RESUME: { args: virt_id_args; result: virt_void_result };
  VIRT_DOMAIN_DESTROY: { args: virt_id_args; result: virt_void_result };
  VIRT_DOMAIN_GET_INFO: { args: virt_uuid_args; result: virt_domain_info_result };
  VIRT_DOMAIN_SAVE: { args: virt_save_args; result: virt_void_result };
  VIRT_DOMAIN_RESTORE: { args: virt_path_args; result: virt_domain_result };
  VIRT_DOMAIN_DUMP_XML: { args: virt_uuid_args; result: virt_xml_result };
  VIRT_LIST_DEFINED_DOMAINS: { args: undefined; result: virt_names_result };
  VIRT_NUM_DEFINED_DOMAINS: { args: undefined; result: virt_count_result };
  VIRT_DOMAIN_START: { args: virt_uuid_args; result: virt_domain_result };
  VIRT_DOMAIN_DEFINE: { args: virt_xml_args; result: virt_domain_result };
  VIRT_DOMAIN_UNDEFINE: { args: virt_uuid_args; result: virt_void_result };
  VIRT_NUM_NETWORKS: { args: undefined; result: virt_count_result };
  VIRT_LIST_NETWORKS: { args: undefined; result: virt_names_result };
  VIRT_NUM_DEFINED_NETWORKS: { args: undefined; result: virt_count_result };
  VIRT_LIST_DEFINED_NETWORKS: { args: undefined; result: virt_names_result };
  VIRT_NETWORK_LOOKUP_BY_UUID: { args: virt_uuid_args; result: virt_network_result };
  VIRT_NETWORK_LOOKUP_BY_NAME: { args: virt_name_args; result: virt_network_result };
  VIRT_NETWORK_CREATE: { args: virt_xml_args; result: virt_network_result };
  VIRT_NETWORK_DEFINE: { args: virt_xml_args; result: virt_network_result };
  VIRT_NETWORK_UNDEFINE: { args: virt_uuid_args; result: virt_void_result };
  VIRT_NETWORK_START: { args: virt_uuid_args; result: virt_void_result };
  VIRT_NETWORK_DESTROY: { args: virt_uuid_args; result: virt_void_result };
  VIRT_NETWORK_DUMP_XML: { args: virt_uuid_args; result: virt_xml_result };
  VIRT_NETWORK_GET_BRIDGE_NAME: { args: virt_uuid_args; result: virt_bridge_result };
  VIRT_DOMAIN_GET_AUTOSTART: { args: virt_uuid_args; result: virt_autostart_result };
  VIRT_DOMAIN_SET_AUTOSTART: { args: virt_autostart_args; result: virt_void_result };
  VIRT_NETWORK_GET_AUTOSTART: { args: virt_uuid_args; result: virt_autostart_result };
  VIRT_NETWORK_SET_AUTOSTART: { args: virt_autostart_args; result: virt_void_result };
  VIRT_GET_CAPABILITIES: { args: undefined; result: virt_xml_result };
  VIRT_VERSION_EXCHANGE: { args: virt_exchange_args; result: virt_exchange_result };
  VIRT_OPEN: { args: virt_open_args; result: virt_void_result };
  VIRT_CLOSE: { args: undefined; result: virt_void_result };
  VIRT_GET_TYPE: { args: undefined; result: virt_text_result };
  VIRT_GET_DAEMON_VERSION: { args: undefined; result: virt_version_result };
  VIRT_GET_HOSTNAME: { args: undefined; result: virt_text_result };
  VIRT_GET_URI: { args: undefined; result: virt_text_result };
  VIRT_LIST_ALL_DOMAINS: { args: undefined; result: virt_all_domains_result };
  VIRT_DOMAIN_GET_DETAILS: { args: virt_uuid_args; result: virt_domain_details_result };
  VIRT_DOMAIN_GET_STATE: { args: virt_uuid_args; result: virt_state_result };
  VIRT_DOMAIN_GET_XML: { args: virt_get_xml_args; result: virt_xml_result };
  VIRT_LIST_ALL_NETWORKS: { args: undefined; result: virt_all_networks_result };
  VIRT_NETWORK_GET_DETAILS: { args: virt_uuid_args; result: virt_network_details_result };
  VIRT_NETWORK_GET_XML: { args: virt_get_xml_args; result: virt_xml_result };
  VIRT_EVENT_REGISTER: { args: virt_event_register_args; result: virt_event_register_result };
  VIRT_EVENT_DEREGISTER: { args: virt_registration_args; result: virt_void_result };
};
